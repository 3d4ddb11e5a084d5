import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KUBELET_KEYS } from '../../../core/registry/google-hosts.ts';
import { exec } from '../../../core/system/exec.ts';
import { mirrorFindings } from '../../../installer/inspect/mirror-checks.ts';
import { kindNode } from '../../../installer/kind/node.ts';
import { writeDocker } from '../../support/docker/docker.ts';
import { folderNode } from '../../support/docker/folder-node.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

/** A node with these folders of containerd's configuration, each with these `[host."URL"]`. */
async function nodeWith(hosts: Readonly<Record<string, string | readonly string[]>>) {
  const [bin, folder] = [await tempDir(), await folderNode()];
  await writeDocker(bin, { containers: [{ name: 'dev-worker', cluster: 'dev', role: 'worker', root: folder.root }] });
  for (const [name, urls] of Object.entries(hosts)) {
    const path = join(folder.root, 'etc/containerd/certs.d', name, 'hosts.toml');
    const tables = [urls].flat().map((url) => `\n  [host."${url}"]\n    capabilities = ["pull"]\n`);
    await folder.write(path, `server = "https://upstream.example"\n${tables.join('')}`);
  }
  return kindNode({ name: 'docker', exec: (args, options) => exec(join(bin, 'docker'), args, options) }, 'dev-worker');
}

test('a mirror that would get the login to another registry is named, and no other host', async () => {
  const node = await nodeWith({
    'ghcr.io': 'https://mirror.example/ghcr',
    'docker.io': ['http://hub-mirror:5000', 'https://registry-1.docker.io'],
    'us-docker.pkg.dev': 'https://google-mirror.example',
    'registry.corp_5000_': 'https://corp-mirror.example',
    'gitlab.example': 'https://gitlab.example', // the registry itself
    'quay.io': 'https://quay-mirror.example', // the node has no login to it
    'registry.corp': 'https://other-port.example',
  });
  const keys = [
    ...KUBELET_KEYS,
    'ghcr.io',
    'https://index.docker.io/v1/',
    'registry.corp:5000',
    'gitlab.example/group',
  ];
  const found = await mirrorFindings(node, keys);
  expect(found.map(({ detail }) => detail).toSorted()).toEqual([
    'http://hub-mirror:5000 gets the login to docker.io when it asks for one',
    'https://corp-mirror.example gets the login to registry.corp:5000 when it asks for one',
    'https://google-mirror.example gets the login to us-docker.pkg.dev when it asks for one',
    'https://mirror.example/ghcr gets the login to ghcr.io when it asks for one',
  ]);
  expect(found.every(({ outcome }) => outcome === 'note')).toBe(true);
});

test('a mirror of every registry gets every login; a node without such files has no finding', async () => {
  const everything = await mirrorFindings(await nodeWith({ _default: 'https://mirror.example' }), ['ghcr.io']);
  expect(everything).toMatchObject([
    { detail: 'https://mirror.example gets the login to every registry when it asks for one' },
  ]);
  expect(await mirrorFindings(await nodeWith({ _default: 'https://mirror.example' }), [])).toEqual([]);
  expect(await mirrorFindings(await nodeWith({}), ['ghcr.io'])).toEqual([]);
});
