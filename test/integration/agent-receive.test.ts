import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { loginsMessage, plainNode } from '../agent/plain-node.ts';
import { decoded, entryOf } from '../agent/simulated-node.ts';
import { programFile } from '../support/run/programs.ts';

const SECRET = 'ya29.a0AfictionalTokenOfATest';

test('receive applies the logins of the host at once, and prints one line', async () => {
  const node = await plainNode({ source: 'host' });
  const { exitCode, stdout, stderr } = await node.agent(['receive'], loginsMessage(SECRET, 3600));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^credentials for gcr\.io, \*\.gcr\.io until \d{4}-\S+Z; kubelet restarted: the kubelet may hold no credentials\n$/,
  );
  expect(stdout + stderr).not.toContain(SECRET);
  expect(decoded((await node.auths())['gcr.io'])).toBe(`oauth2accesstoken:${SECRET}`);
  expect(await node.mode(node.layout.logins)).toBe(0o600);
});

test('a later token replaces the earlier one, without a restart', async () => {
  const node = await plainNode({ source: 'host' });
  await node.agent(['receive'], loginsMessage(SECRET, 3600));
  const { stdout } = await node.agent(['receive', '--json'], loginsMessage(`${SECRET}2`, 3600));
  expect(JSON.parse(stdout)).toMatchObject({ credentials: 'valid', kubeletRestarts: { count: 1 } });
  expect(decoded((await node.auths())['*.gcr.io'])).toBe(`oauth2accesstoken:${SECRET}2`);
});

test.each([
  ['nothing', '', 'expected logins on stdin, but it was empty'],
  ['text', `token=${SECRET}`, 'stdin is not JSON'],
  ['other JSON', '{"version":1,"logins":[]}', 'stdin is not a list of logins from the host'],
  ['a later version', '{"version":2}', 'stdin is not a list of logins from the host (at version)'],
  [
    'a bare token',
    JSON.stringify({ version: 1, logins: [{ secret: SECRET }] }),
    'not a list of logins from the host (at logins.0.registries)',
  ],
  ['a registry with a path', loginsMessage(SECRET, 9, { registries: ['gcr.io/x y'] }), '(at logins.0.registries.0)'],
  ['a username with a colon', loginsMessage(SECRET, 9, { username: `a:${SECRET}` }), '(at logins.0.username)'],
  ['an expired token', loginsMessage(SECRET, -5), 'the credentials expired at'],
  ['a flood', 'x'.repeat(1024 * 1024 + 1), 'stdin is longer than 1048576 bytes'],
])('receive of %s is refused, changes nothing and quotes nothing', async (_what, input, sentence) => {
  const node = await plainNode({ source: 'host' });
  const original = JSON.stringify({ auths: { 'gcr.io': entryOf('me', 'mine') } });
  await node.write(node.layout.kubeletDockerConfig, original);
  const { exitCode, stdout, stderr } = await node.agent(['receive'], input);
  expect([exitCode, stdout]).toEqual([3, '']);
  expect(stderr).toContain(sentence);
  expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
  expect(stderr).not.toContain(SECRET);
  expect(await node.text()).toBe(original);
});

test('a node with its own key accepts no Google tokens, but those of other owners', async () => {
  const node = await plainNode({ source: 'keyfile' });
  const { exitCode, stderr } = await node.agent(['receive'], loginsMessage(SECRET, 3600));
  expect(exitCode).toBe(3);
  expect(stderr).toContain('error: this node gets Google tokens with its own key and accepts none from the host\n');
  await node.agent(['receive'], loginsMessage('q', 3600, { owner: 'quay', registries: ['quay.io'] }));
  expect(decoded((await node.auths())['quay.io'])).toBe('oauth2accesstoken:q');
});

test('Ctrl-C stops receive at a terminal', async () => {
  const node = await plainNode({ source: 'host' });
  const args = [programFile('agent'), '--root', node.root, 'receive'];
  const child = spawn(process.execPath, args, { env: { ...node.env, KINDGCR_DEBUG: '1' } });
  await once(child.stderr, 'data'); // it has logged that it is waiting
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
});

test('many receives at once: all succeed, the file is complete, and the last one counts', async () => {
  const node = await plainNode({ source: 'host', restart: 'never' });
  const tokens = Array.from({ length: 8 }, (_, number) => `${SECRET}-${number}`);
  const results = await Promise.all(tokens.map((token) => node.agent(['receive'], loginsMessage(token, 3600))));
  expect(results.map(({ exitCode }) => exitCode)).toEqual(tokens.map(() => 0));
  const auths = await node.auths();
  const held = decoded(auths['gcr.io'])?.replace('oauth2accesstoken:', '');
  expect(tokens).toContain(held);
  expect(decoded(auths['*.gcr.io'])).toBe(`oauth2accesstoken:${held}`);
  expect((await node.status()).credentials).toBe('valid');
});

test('a node reports that the credentials of the host have expired', async () => {
  const node = await plainNode({ source: 'host' });
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(3);
  expect(stderr).toBe('error: this node holds no credentials from the host\nhint: Run on the host: kindgcr refresh\n');
});
