import { expect, test } from 'vitest';
import { answer, loginFor } from '../../../agent/credential-provider/answer.ts';
import { parseRequest } from '../../../agent/credential-provider/protocol.ts';
import { googleLogin, type RegistryLogin } from '../../../core/registry/registry-login.ts';

const NOW = new Date('2031-05-06T12:00:00Z');
const login = (expiresAt: string, secret = 'ya29.token') =>
  googleLogin({ token: secret, expiresAt: new Date(expiresAt) });
const LOGIN = login('2031-05-06T13:00:00Z');

const request = (image: string, version = 'v1') =>
  parseRequest(
    JSON.stringify({
      kind: 'CredentialProviderRequest',
      apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
      image,
    }),
  );
const ask = (image: string, logins: readonly RegistryLogin[] = [LOGIN], version = 'v1') => {
  const asked = request(image, version);
  return answer(asked, loginFor(logins, image, NOW), NOW);
};

test.each(['v1', 'v1beta1', 'v1alpha1'])(
  'asked in %s, the answer has every field that the kubelet knows, and no other',
  (version) => {
    expect(ask('gcr.io/p/app:1', [LOGIN], version)).toEqual({
      kind: 'CredentialProviderResponse',
      apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
      cacheKeyType: 'Registry',
      cacheDuration: '3000s', // an hour, less ten minutes
      auth: { 'gcr.io': { username: 'oauth2accesstoken', password: 'ya29.token' } },
    });
  },
);

test.each([
  'gcr.io/p/app:1',
  'eu.gcr.io/p/app',
  'us-docker.pkg.dev/p/r/app@sha256:0',
  'docker.us-east1.rep.pkg.dev/p/r/app',
])('the image %s: credentials for its registry alone', (image) => {
  expect(Object.keys(ask(image).auth)).toEqual([image.split('/')[0]]);
});

test.each([
  'docker.io/library/alpine',
  'alpine',
  'gcr.io', // an image of Docker Hub by that name
  'evil-gcr.io/p/app',
  'gcr.io.evil.example/p/app',
  'a.b.gcr.io/p/app',
  'gcr.io:5000/p/app',
  'mirror.gcr.io/library/alpine', // public: a token would be refused
  'k8s.gcr.io/pause',
])('the image %s: no credentials, and nothing is cached', (image) => {
  expect(ask(image)).toMatchObject({ auth: {}, cacheDuration: '0s' });
});

test('a token about to expire is returned but not cached; an expired one is not returned', () => {
  expect(ask('gcr.io/p/app', [login('2031-05-06T12:09:00Z')])).toMatchObject({
    cacheDuration: '0s',
    auth: { 'gcr.io': {} },
  });
  expect(ask('gcr.io/p/app', [login('2031-05-06T12:00:00Z')]).auth).toEqual({});
});

test('of several logins the one that expires last', () => {
  const logins = [LOGIN, login('2031-05-06T13:30:00Z', 'ya29.younger'), login('2031-05-06T12:30:00Z', 'ya29.older')];
  expect(ask('gcr.io/p/app', logins).auth['gcr.io']?.password).toBe('ya29.younger');
});

test.each([
  '',
  'null',
  '{}',
  '{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v2","image":"gcr.io/a"}',
  '{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":""}',
  '{"kind":"Pod","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"gcr.io/a"}',
])('what is no question of the kubelet is refused: %s', (text) => {
  expect(() => parseRequest(text)).toThrow(/not a CredentialProviderRequest/);
});

test('unknown fields of a newer kubelet are ignored', () => {
  const more = { serviceAccountToken: 'eyJ', serviceAccountAnnotations: { a: 'b' } };
  expect(parseRequest(JSON.stringify({ ...request('gcr.io/p/app'), ...more })).image).toBe('gcr.io/p/app');
});

const NEVER = '9999-12-31T23:59:59.999Z';
const others: readonly RegistryLogin[] = [
  'https://index.docker.io/v1/',
  'ghcr.io',
  'registry.corp:5000',
  'gitlab.example/group',
  'gitlab.example/group/inner',
].map((key) => ({ registries: [key], username: 'ann', secret: key, expiresAt: NEVER, owner: `docker:${key}` }));

test.each([
  ['alpine', 'https://index.docker.io/v1/'],
  ['ann/app', 'https://index.docker.io/v1/'],
  ['docker.io/library/alpine', 'https://index.docker.io/v1/'],
  ['ghcr.io/ann/app', 'ghcr.io'],
  ['registry.corp:5000/app', 'registry.corp:5000'],
  ['gitlab.example/group/app', 'gitlab.example/group'],
  ['gitlab.example/group/inner/app', 'gitlab.example/group/inner'],
])('the image %s: the login that Docker has for %s, asked for again soon', (image, key) => {
  expect(ask(image, others)).toMatchObject({
    cacheKeyType: 'Image',
    cacheDuration: '300s',
    auth: { [key]: { username: 'ann', password: key } },
  });
});

test.each([
  'registry.corp/app',
  'registry.corp:443/app',
  'gitlab.example/other/app',
  'a.ghcr.io/app',
  'localhost:5000/app',
])('the image %s: none of those', (image) => {
  expect(ask(image, others).auth).toEqual({});
});
