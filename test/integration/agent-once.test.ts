import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { plainNode } from '../agent/plain-node.ts';
import { decoded, entryOf } from '../agent/simulated-node.ts';
import { startGoogle } from '../support/google/google.ts';

/** A node with its own service account key, and Google behind a proxy. */
async function nodeWithKey(tokenLife = 3599) {
  const google = await startGoogle({ tokenLife });
  const node = await plainNode({}, google.env);
  await mkdir(dirname(node.layout.keyfile), { recursive: true });
  await copyFile(await google.keyfile('robot@project.iam.gserviceaccount.com'), node.layout.keyfile);
  return { google: google.endpoint, node };
}

const SECRETS = /ya29|PRIVATE KEY|eyJ/;

test('once sets up a node for pulls: a read-only token for every Google registry, and one restart of the kubelet', async () => {
  const { google, node } = await nodeWithKey();
  const { exitCode, stdout, stderr } = await node.agent(['once']);
  expect(stderr).toContain('obtained credentials account="service account robot@project.iam.gserviceaccount.com"');
  expect([exitCode, stdout]).toEqual([0, '']);
  expect(stderr).not.toMatch(SECRETS);
  const auths = await node.auths();
  expect(Object.keys(auths)).toEqual(KUBELET_KEYS);
  const [username, token = ''] = decoded(auths['gcr.io'])?.split(':') ?? [];
  expect(username).toBe('oauth2accesstoken');
  expect(google.isValid(token)).toBe(true);
  expect(google.issuedFor(token)?.scopes).toEqual(['https://www.googleapis.com/auth/devstorage.read_only']);
  for (const path of [node.layout.kubeletDockerConfig, node.layout.logins, node.layout.state]) {
    expect(await node.mode(path)).toBe(0o600);
  }
  expect(await node.systemctl()).toEqual([
    'show kubelet.service --property=ActiveState,ExecMainStartTimestampMonotonic',
    'restart kubelet.service',
  ]);
  expect(node.healthChecks).toBeGreaterThanOrEqual(2);
  expect(await node.status()).toMatchObject({
    credentials: 'valid',
    source: 'keyfile',
    account: 'service account robot@project.iam.gserviceaccount.com',
    registries: KUBELET_KEYS,
    failures: 0,
    lastFailure: null,
    kubeletRestarts: { count: 1, pending: null },
  });
});

test('a second once makes no requests, writes nothing and restarts nothing', async () => {
  const { google, node } = await nodeWithKey();
  await node.agent(['once']);
  const before = await stat(node.layout.kubeletDockerConfig);
  const calls = await node.systemctl();
  const { exitCode, stderr } = await node.agent(['once']);
  expect([exitCode, stderr]).toEqual([0, '']);
  const { ino, mtimeMs } = await stat(node.layout.kubeletDockerConfig);
  expect([ino, mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  expect(await node.systemctl()).toEqual(calls);
  expect(google.requests).toBe(1);
});

test('once keeps foreign entries, and a copy of a broken file', async () => {
  const { node } = await nodeWithKey();
  const foreign = { auths: { 'quay.io': entryOf('q', 'q') }, credsStore: 'desktop' };
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify(foreign));
  expect((await node.agent(['once'])).exitCode).toBe(0);
  expect(JSON.parse((await node.text()) ?? '')).toMatchObject(foreign);
  await node.write(node.layout.kubeletDockerConfig, '{"auths":{"quay.io":{"auth":"hunter2');
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('the kubelet could not read config.json');
  expect(stderr).not.toContain('hunter2');
  const status = await node.agent(['status']);
  expect(status.stdout).toMatch(/set aside: {8}.*config\.json\.broken-\d{8}T\d{9}Z \(the file is not JSON\)/);
});

test('with --no-restart systemctl is not even run', async () => {
  const { node } = await nodeWithKey();
  expect((await node.agent(['once', '--no-restart'])).exitCode).toBe(0);
  expect((await node.status()).credentials).toBe('valid');
  expect(await node.systemctl()).toEqual([]);
});

test('before kubeadm has run, the folder is created and nothing is restarted', async () => {
  const { node } = await nodeWithKey();
  await rm(dirname(node.layout.kubeletDockerConfig), { recursive: true });
  expect((await node.agent(['once'])).exitCode).toBe(0);
  expect(await node.mode(dirname(node.layout.kubeletDockerConfig))).toBe(0o700);
  expect(await node.systemctl()).toEqual([]);
  const { stdout } = await node.agent(['status']);
  expect(stdout).toContain('restart pending:  the kubelet may hold no credentials\n');
});

test('while kubeadm join runs the restart is pending', async () => {
  const { node } = await nodeWithKey();
  const cmdline = join(node.layout.proc, '4711/cmdline');
  await node.write(cmdline, '/usr/bin/kubeadm\0join\0--config\0/kind/kubeadm.conf\0');
  await node.agent(['once']);
  expect((await node.status()).kubeletRestarts.pending).toBe('the kubelet may hold no credentials');
  await node.write(cmdline, '/usr/bin/kubeadm\0version\0');
  await node.agent(['once']);
  expect((await node.systemctl()).at(-1)).toBe('restart kubelet.service');
});

test('a failed restart is an error, with the credentials in place', async () => {
  const { node } = await nodeWithKey();
  await node.write(join(node.root, 'restart-fails'), '');
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(7);
  expect(stderr).toContain(
    'error: systemctl restart kubelet.service failed with exit code 1: Job for kubelet.service failed because the control process exited with error code.\nhint: Look at the kubelet',
  );
  expect((await node.status()).credentials).toBe('valid');
});

test('a kubelet that is not running is not started', async () => {
  const { node } = await nodeWithKey();
  await node.write(join(node.root, 'kubelet-state'), 'inactive\n');
  expect((await node.agent(['once'])).exitCode).toBe(0);
  expect(await node.systemctl()).toHaveLength(1);
  expect((await node.status()).kubeletRestarts).toMatchObject({ count: 0, pending: null });
});

test('without systemd the message names what is missing', async () => {
  const { node } = await nodeWithKey();
  node.env.PATH = join(node.root, 'nowhere');
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(7);
  expect(stderr).toContain('error: systemctl show kubelet.service could not run: systemctl is not on PATH\n');
});

test.each([
  ['missing', undefined, 'does not exist'],
  ['not JSON', 'my key', 'is not JSON, so it is not a service account key'],
  ['another kind of credential', '{"type":"authorized_user"}', 'is not a service account key but "authorized_user"'],
])('a key file that is %s ends with a sentence, a hint and exit code 3', async (_what, key, sentence) => {
  const node = await plainNode();
  if (key !== undefined) await node.write(node.layout.keyfile, key);
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(3);
  expect(stderr).toContain(`${node.layout.keyfile} ${sentence}\nhint: Make a key:`);
  expect(stderr).not.toContain('    at ');
  expect(await node.text()).toBeUndefined();
});

test("for a deleted account Google's message is reported, and a valid token is used until it expires", async () => {
  const { google, node } = await nodeWithKey();
  await node.agent(['once']);
  google.revoke('robot@project.iam.gserviceaccount.com');
  await node.configure({ restart: 'never' }); // a changed config makes it request a new token
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^warning: Google refused the credential of service account robot@.*: invalid_grant/m);
  await rm(node.layout.kubeletDockerConfig);
  await rm(node.layout.logins);
  const again = await node.agent(['once']);
  expect(again.exitCode).toBe(3);
  expect(again.stderr).toMatch(/^error: Google refused the credential.*\nhint: The key or its account was deleted/m);
  expect(again.stderr).not.toMatch(SECRETS);
});

test('a 503 response is retried later', async () => {
  const { google, node } = await nodeWithKey();
  google.fail({ status: 503, times: 'all' });
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(4);
  expect(stderr).toContain("error: Google's token endpoint answered 503");
  expect(google.requests).toBe(1);
  expect(await node.status()).toMatchObject({ credentials: 'none', failures: 1 });
  google.recover();
  expect((await node.agent(['once'])).exitCode).toBe(0);
});

test('once without agent.json explains what writes it', async () => {
  const node = await plainNode();
  await rm(node.layout.agentConfig);
  const { exitCode, stderr } = await node.agent(['once']);
  expect(exitCode).toBe(8);
  expect(stderr).toContain('agent.json does not exist');
  expect(stderr).toContain('hint: Install the agent from the host, which writes this file: kindgcr install\n');
});

test.each([[['bogus']], [['once', '--bogus']], [[]]])(
  'kindgcr-agent %j is a wrong use, with exit code 2',
  async (args) => {
    const { exitCode, stderr, stdout } = await (await plainNode()).agent(args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/kindgcr-agent/);
  },
);

test('status of a new node is short, and version names the program', async () => {
  const node = await plainNode();
  const status = await node.agent(['status']);
  expect([status.exitCode, status.stderr]).toEqual([0, '']);
  expect(status.stdout).toMatch(/^credentials: {6}none\nsource: {11}keyfile\nkubelet restarts: 0\n/);
  expect((await node.agent(['version'])).stdout).toMatch(/^kindgcr-agent \d+\.\d+\.\d+\n$/);
});
