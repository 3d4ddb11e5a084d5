import { expect, test } from 'vitest';
import { registryName } from '../../../../core/registry/docker-login/registry-name.ts';

const HUB = 'https://index.docker.io/v1/';

test.each([
  ['ghcr.io', 'ghcr.io', 'ghcr.io', 'ghcr.io'],
  ['GHCR.io', 'ghcr.io', 'ghcr.io', 'ghcr.io'],
  ['https://ghcr.io', 'ghcr.io', 'ghcr.io', 'ghcr.io'],
  ['https://quay.io/v1/', 'quay.io', 'quay.io', 'quay.io'],
  ['https://quay.io/v2/', 'quay.io', 'quay.io', 'quay.io'],
  ['http://registry.corp:5000/', 'registry.corp:5000', 'registry.corp:5000', 'registry.corp:5000'],
  ['registry.corp:443', 'registry.corp:443', 'registry.corp:443', 'registry.corp:443'],
  ['gitlab.example/group/', 'gitlab.example/group', 'gitlab.example/group', 'gitlab.example'],
  ['https://gitlab.example/v2/group', 'gitlab.example/group', 'gitlab.example/group', 'gitlab.example'],
  ['docker.io', 'docker.io', HUB, 'registry-1.docker.io'],
  ['index.docker.io', 'docker.io', HUB, 'registry-1.docker.io'],
  [HUB, 'docker.io', HUB, 'registry-1.docker.io'],
  ['https://index.docker.io/v1', 'docker.io', HUB, 'registry-1.docker.io'],
  ['registry-1.docker.io', 'registry-1.docker.io', 'registry-1.docker.io', 'registry-1.docker.io'],
  ['kind-registry', 'kind-registry', 'kind-registry', 'kind-registry'],
])('%s is %s', (text, name, key, host) => {
  expect(registryName(text)).toEqual({ name, key, host });
});

test.each([
  ['*.example.com', /is a pattern/],
  ['registry.example/[a]', /is a pattern/],
  ['[2001:db8::1]:5000', /is a pattern/],
  ['localhost', /in a node it would be the node itself/],
  ['localhost:5000', /in a node it would be the node itself/],
  ['127.0.0.1:5000', /in a node it would be the node itself/],
  ['127.1.2.3', /in a node it would be the node itself/],
  ['gcr.io', /Google's registries/],
  ['us-docker.pkg.dev:443', /Google's registries/],
  ['docker.io/library', /one login for Docker Hub/],
  ['https://index.docker.io/v1/access-token', /web login/],
  ['https://index.docker.io/v1/refresh-token', /web login/],
  ['', /not the name of a registry/],
  ['user@ghcr.io', /not the name of a registry/],
  ['ghcr.io#x', /not the name of a registry/],
  ['ghcr.io:port', /not the name of a registry/],
  ['\u001b[31mghcr.io', /is a pattern|not the name of a registry/],
])('%j is refused with the reason', (text, reason) => {
  expect(() => registryName(text)).toThrow(reason);
});
