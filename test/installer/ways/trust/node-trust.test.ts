import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exec } from '../../../../core/system/exec.ts';
import type { ContainerEngine } from '../../../../installer/kind/container-engine.ts';
import { kindNode } from '../../../../installer/kind/node.ts';
import { distrustInNode, trustInNode } from '../../../../installer/ways/trust/node-trust.ts';
import { writeDocker } from '../../../support/docker/docker.ts';
import { folderNode } from '../../../support/docker/folder-node.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';

const HOST = 'registry.example:5000';
const CERTS = '/etc/containerd/certs.d';
const CA = { ca: 'the CA\n', client: undefined };

async function nodeInFolder() {
  const [bin, folder] = [await tempDir(), await folderNode()];
  await writeDocker(bin, {
    containers: [{ name: 'dev-worker', cluster: 'dev', role: 'worker', root: folder.root }],
  });
  const engine: ContainerEngine = { name: 'docker', exec: (args, options) => exec(join(bin, 'docker'), args, options) };
  const containerd = (script: string) =>
    folder.write(join(folder.root, 'stand-ins/containerd'), `#!/bin/sh\n${script}\n`, 0o755);
  await containerd(`echo config_path = '"${CERTS}"'`);
  const path = (name: string) => join(folder.root, CERTS, HOST, name);
  return {
    node: kindNode(engine, 'dev-worker'),
    path,
    write: folder.write,
    /** The folder of the test is the node's root. */
    read: async (name: string) => (await readFile(path(name), 'utf8')).replaceAll(folder.root, ''),
    mode: async (name: string) => (await stat(path(name))).mode & 0o777,
    containerd,
  };
}

test('a node gets the CA, the client certificate and its key, for containerd to find; a second time writes nothing', async () => {
  const { node, read, mode } = await nodeInFolder();
  const trust = { ca: 'the CA\n', client: { cert: 'certificate\n', key: 'key\n' } };
  expect(await trustInNode(node, HOST, trust)).toBe(true);
  expect(await read('hosts.toml')).toBe(`# Written by kindgcr trust.
server = "https://${HOST}"
ca = "${CERTS}/${HOST}/kindgcr-ca.crt"
client = [["${CERTS}/${HOST}/kindgcr-client.cert", "${CERTS}/${HOST}/kindgcr-client.key"]]
`);
  expect([await read('kindgcr-ca.crt'), await read('kindgcr-client.key')]).toEqual(['the CA\n', 'key\n']);
  expect(await mode('kindgcr-client.key')).toBe(0o600);
  expect(await trustInNode(node, HOST, trust)).toBe(false);
});

test('what trust has written is removed, and nothing of others', async () => {
  const { node, path, read } = await nodeInFolder();
  await trustInNode(node, HOST, CA);
  await writeFile(path('notes.txt'), 'mine');
  await distrustInNode(node, HOST);
  await expect(read('hosts.toml')).rejects.toThrow('ENOENT');
  expect(await read('notes.txt')).toBe('mine');
  await trustInNode(node, 'other.example', CA);
  await distrustInNode(node); // every registry
  await expect(stat(path('../other.example'))).rejects.toThrow('ENOENT');
});

test('a hosts.toml that kindgcr did not write is neither changed nor removed, and the error names it', async () => {
  const { node, path, read, write } = await nodeInFolder();
  await write(path('hosts.toml'), 'server = "https://mirror.example"\n');
  await expect(trustInNode(node, HOST, CA)).rejects.toThrow(`dev-worker has a hosts.toml for ${HOST}`);
  await distrustInNode(node, HOST);
  expect(await read('hosts.toml')).toBe('server = "https://mirror.example"\n');
});

test('a containerd that does not look there: nothing is written, and the error says what it takes', async () => {
  const { node, read, containerd } = await nodeInFolder();
  await containerd('echo config_path = \\"\\"');
  await expect(trustInNode(node, HOST, CA)).rejects.toThrow(`its containerd does not look in ${CERTS}`);
  await expect(read('hosts.toml')).rejects.toThrow('ENOENT');
});
