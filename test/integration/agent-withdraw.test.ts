import { access, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { loginsMessage, plainNode } from '../agent/plain-node.ts';
import { decoded, entryOf } from '../agent/simulated-node.ts';

test.each([
  ['with unusual formatting', '{ "auths": { "gcr.io": {"auth":"bWU6bWU="},\n\n"quay.io":{} }, "n": 1e3 }\n'],
  ['without auths', '{"credsStore":"desktop"}'],
  ['with an empty auths', '{"auths":{}}'],
  ['empty', ''],
  ['not JSON', '{"auths":'],
  ['that the kubelet refuses', '{"auths":{"quay.io":{"auth":"!"},"a.io":{}}}'],
])('withdraw restores a file %s byte for byte, with its permissions', async (_what, original) => {
  const node = await plainNode({ source: 'host' });
  await node.write(node.layout.kubeletDockerConfig, original, 0o640);
  await node.agent(['receive'], loginsMessage('t1', 3600));
  await node.agent(['receive'], loginsMessage('t2', 3600));
  expect((await node.status()).credentials).toBe('valid');
  const { exitCode, stderr } = await node.agent(['withdraw']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(await node.text()).toBe(original);
  expect(await node.mode(node.layout.kubeletDockerConfig)).toBe(0o640);
  expect((await readdir(dirname(node.layout.kubeletDockerConfig))).sort()).toEqual(['config.json', 'config.yaml']);
  for (const path of [node.layout.state, node.layout.logins]) await expect(access(path)).rejects.toThrow('ENOENT');
});

test('withdraw removes a file that the agent created', async () => {
  const node = await plainNode({ source: 'host' });
  await node.agent(['receive'], loginsMessage('t', 3600));
  const { stdout } = await node.agent(['withdraw']);
  expect(stdout).toMatch(/config\.json was removed: it held only kindgcr's credentials\n$/);
  expect(await node.text()).toBeUndefined();
});

test('withdraw keeps what other programs added meanwhile', async () => {
  const node = await plainNode({ source: 'host' });
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify({ auths: { 'gcr.io': entryOf('me', 'mine') } }));
  await node.agent(['receive'], loginsMessage('t', 3600));
  const auths = { 'added.io': entryOf('a', 'a'), ...(await node.auths()) };
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify({ auths }));
  await node.agent(['withdraw']);
  expect(await node.auths()).toEqual({ 'added.io': entryOf('a', 'a'), 'gcr.io': entryOf('me', 'mine') });
});

test('withdraw succeeds twice, and with no file', async () => {
  const node = await plainNode({ source: 'host' });
  for (let round = 0; round < 2; round++) {
    const { exitCode, stdout } = await node.agent(['withdraw']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/config\.json holds no credentials of kindgcr\n$/);
  }
});

test('withdraw refuses while the daemon runs, which would write the entries back', async () => {
  const node = await plainNode({ source: 'host' });
  const daemon = await node.daemon();
  await daemon.prints(/is running/);
  await node.agent(['receive'], loginsMessage('t', 3600));
  const { exitCode, stderr } = await node.agent(['withdraw']);
  expect(exitCode).toBe(10);
  expect(stderr).toContain('hint: Stop it first: systemctl stop kindgcr-agent.service\n');
  expect(decoded((await node.auths())['gcr.io'])).toBe('oauth2accesstoken:t');
});
