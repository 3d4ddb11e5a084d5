import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isJsonObject } from '../../core/registry/docker-config.ts';
import { KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { writeDocker } from '../support/docker/docker.ts';
import { type FolderNode, folderNode, writeFolderAgent } from '../support/docker/folder-node.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { credentialsFor, readAsKubelet } from '../support/kubelet/keyring.ts';
import { runProgram, startProgram } from '../support/run/programs.ts';
import { notLinux, testUnless } from '../support/vitest/obstacle.ts';

/** A user with a cluster of one node in a folder, a key, and Google behind a proxy; `kindgcr` and the agent are real. */
async function userWithNode() {
  const google = await startGoogle();
  const [home, bin, node] = [await tempDir(), await tempDir(), await folderNode()];
  const agent = join(bin, 'kindgcr-agent');
  await writeFolderAgent(agent);
  await writeDocker(bin, {
    env: { HOME: home, ...google.env },
    containers: [{ name: 'dev-control-plane', cluster: 'dev', role: 'control-plane', root: node.root }],
  });
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint });
  const env = {
    HOME: home,
    PATH: `${bin}:/usr/bin:/bin`,
    KINDGCR_AGENT: agent,
    KINDGCR_GCLOUD: gcloud.program,
    ...google.env,
  };
  const calls = async () => {
    const text = await readFile(join(bin, 'docker-calls'), 'utf8').catch(() => '');
    await writeFile(join(bin, 'docker-calls'), '');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line): string[] => JSON.parse(line));
  };
  return {
    node,
    agent,
    google,
    gcloud,
    key: await google.keyfile(),
    kindgcr: (...args: string[]) => runProgram('host', args, { env, timeout: 170_000 }),
    startKindgcr: (...args: string[]) => startProgram('host', args, { env }),
    /** The first word of each docker command since the last question. */
    calls: async () => (await calls()).map(([command]) => command),
  };
}

const PULL_SCOPES = ['https://www.googleapis.com/auth/devstorage.read_only'];
const install = ['install', '--name', 'dev'];

async function auths(node: FolderNode) {
  const file: unknown = JSON.parse((await node.read(node.layout.kubeletDockerConfig)) ?? '{}');
  return isJsonObject(file) && isJsonObject(file.auths) ? Object.keys(file.auths) : [];
}

/** The token that the kubelet would use for gcr.io. */
async function nodeToken(node: FolderNode): Promise<string> {
  const config = readAsKubelet((await node.read(node.layout.kubeletDockerConfig)) ?? '');
  const [first] = config === undefined ? [] : credentialsFor(config, 'gcr.io/project/app');
  return first?.password ?? '';
}

/** The shells that run in a node, by their process ids. */
async function shellsIn({ root }: FolderNode): Promise<string[]> {
  const isOurs = async (pid: string) => {
    const [name, ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    return name === 'sh' && args.some((arg) => arg.includes(root));
  };
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(isOurs));
  return pids.filter((_pid, index) => found[index]);
}

test('a first install by key: four engine commands, one restart of the kubelet, and the node renews by itself', async () => {
  const { kindgcr, key, node, calls, google } = await userWithNode();
  const { stdout, stderr, exitCode } = await kindgcr(...install, '--keyfile', key);
  expect([stderr.includes('error'), exitCode]).toEqual([false, 0]);
  expect(stdout).toMatch(/✓ dev-control-plane {2}valid/);
  expect(await calls()).toEqual(['ps', 'inspect', 'exec', 'cp']);
  expect(await auths(node)).toEqual(KUBELET_KEYS);
  expect(google.endpoint.issuedFor(await nodeToken(node))?.scopes).toEqual(PULL_SCOPES);
  expect((await node.systemctl()).filter((call) => call === 'restart kubelet.service')).toHaveLength(1);
  expect(await node.status()).toMatchObject({
    credentials: 'valid',
    source: 'keyfile',
    kubeletRestarts: { count: 1, lastReason: 'the kubelet may hold no credentials', pending: null },
  });
  expect(await node.mode(node.layout.keyfile)).toBe(0o600);
  expect(await node.mode(node.layout.kubeletDockerConfig)).toBe(0o600);
  for (const gone of [node.layout.firstCredentials, `${node.layout.agent}.before`, `${node.layout.agent}.new`]) {
    expect(await node.read(gone)).toBeUndefined();
  }
});

test('the kubelet has credentials before the agent is copied, and its service starts after them', async () => {
  const { kindgcr, key, node } = await userWithNode();
  await node.write(join(node.root, 'no-space'), '');
  await node.write(
    join(node.root, 'stand-ins/mv'),
    `#!/bin/sh\n/bin/mv "$@"; ls '${node.root}/var/lib/kubelet' >> '${node.root}/seen'\n`,
    0o755,
  );
  const { stderr, exitCode } = await kindgcr(...install, '--keyfile', key);
  expect(stderr).toMatch(/^error: dev-control-plane: cp .* failed: .*no space left on device\nhint: /m);
  expect(exitCode).toBe(7);
  expect(await node.read(join(node.root, 'seen'))).toContain('config.json');
  expect(await node.systemctl()).toContain('restart kubelet.service');
  for (const gone of [node.layout.kubeletDockerConfig, node.layout.firstCredentials]) {
    expect(await node.read(gone)).toBeUndefined();
  }
});

test('an install from gcloud, then uninstall: the node and its kubelet folder are as they were', async () => {
  const { kindgcr, node } = await userWithNode();
  expect((await kindgcr(...install)).exitCode).toBe(0);
  expect(await node.status()).toMatchObject({ credentials: 'valid', source: 'host', kubeletRestarts: { count: 1 } });
  expect(await node.systemctl()).toContain('enable kindgcr-agent.service');
  const { stderr, exitCode } = await kindgcr('uninstall', '--name', 'dev');
  expect([stderr.includes('error'), exitCode]).toEqual([false, 0]);
  const { layout } = node;
  for (const gone of [layout.kubeletDockerConfig, layout.agent, layout.unit, layout.agentConfig, layout.state]) {
    expect(await node.read(gone)).toBeUndefined();
  }
});

test('a config.json of the user stays as it is until the agent adds to it, and returns to the byte', async () => {
  const { kindgcr, key, node } = await userWithNode();
  const before = '{ "auths": { "quay.io": { "auth": "cTpx" } } }\n';
  await node.write(node.layout.kubeletDockerConfig, before, 0o640);
  expect((await kindgcr(...install, '--keyfile', key)).exitCode).toBe(0);
  expect(await auths(node)).toEqual(['quay.io', ...KUBELET_KEYS]);
  expect((await node.systemctl()).filter((call) => call === 'restart kubelet.service')).toHaveLength(1);
  expect((await kindgcr('uninstall', '--name', 'dev')).exitCode).toBe(0);
  expect(await node.read(node.layout.kubeletDockerConfig)).toBe(before);
  expect(await node.mode(node.layout.kubeletDockerConfig)).toBe(0o640);
});

test.each([
  ['--restart never', ['--restart', 'never'], 0],
  ['a node that kubeadm is setting up', [], 0],
])('%s: no kubelet is restarted', async (what, args, restarts) => {
  const { kindgcr, key, node } = await userWithNode();
  if (args.length === 0) {
    await node.write(join(node.root, 'stand-ins/pgrep'), '#!/bin/sh\nexit 0\n', 0o755);
    await node.write(join(node.root, 'proc/7/cmdline'), 'kubeadm\0init\0');
  }
  const { exitCode } = await kindgcr(...install, '--keyfile', key, ...args);
  expect([what, exitCode]).toEqual([what, 0]);
  expect((await node.systemctl()).filter((call) => call === 'restart kubelet.service')).toHaveLength(restarts);
  expect(await auths(node)).toEqual(KUBELET_KEYS);
});

test('an agent whose service does not start: a node that had none has nothing of ours again', async () => {
  const { kindgcr, key, node } = await userWithNode();
  await node.write(join(node.root, 'systemd/kindgcr-agent.service.broken'), '');
  const { stderr, exitCode } = await kindgcr(...install, '--keyfile', key);
  expect(stderr).toMatch(/error: dev-control-plane: .*Job for kindgcr-agent.service failed/);
  expect(exitCode).toBe(7);
  const { layout } = node;
  for (const gone of [layout.kubeletDockerConfig, layout.agent, layout.unit, layout.agentConfig, layout.keyfile]) {
    expect(await node.read(gone)).toBeUndefined();
  }
});

test('a systemd that reads a new unit only when it is reloaded: the service starts all the same', async () => {
  const { kindgcr, key, node } = await userWithNode();
  await node.write(join(node.root, 'systemd/kindgcr-agent.service.unread'), '');
  const { stderr, exitCode } = await kindgcr(...install, '--keyfile', key);
  expect([stderr.includes('error'), exitCode]).toEqual([false, 0]);
  const calls = (await node.systemctl()).filter((call) => !call.includes('kubelet'));
  expect(calls.slice(-3)).toEqual(['restart kindgcr-agent.service', 'daemon-reload', 'restart kindgcr-agent.service']);
});

test('a newer agent that fails: the old one is back, with its files, and runs', async () => {
  const { kindgcr, key, node, agent } = await userWithNode();
  expect((await kindgcr(...install, '--keyfile', key)).exitCode).toBe(0);
  const { layout } = node;
  const paths = [layout.agent, layout.agentConfig, layout.keyfile, layout.unit, layout.kubeletDockerConfig];
  const before = await Promise.all(paths.map(node.read));
  await writeFile(agent, '#!/bin/sh\necho "error: this build is broken" >&2\necho "hint: Take another." >&2\nexit 9\n');
  const { stderr, exitCode } = await kindgcr(...install, '--restart', 'always');
  expect(stderr).toMatch(/error: dev-control-plane: .*this build is broken\nhint: /);
  expect(exitCode).toBe(7);
  expect(await Promise.all(paths.map(node.read))).toEqual(before);
  expect((await node.systemctl()).at(-1)).toBe('start kindgcr-agent.service');
});

test('install again sends no executable and restarts nothing; a newer agent replaces the old one', async () => {
  const { kindgcr, key, node, agent, calls } = await userWithNode();
  await kindgcr(...install, '--keyfile', key);
  await calls();
  const restarts = (await node.systemctl()).filter((call) => call.startsWith('restart')).length;
  expect((await kindgcr(...install, '--keyfile', key)).exitCode).toBe(0);
  expect(await calls()).toEqual(['ps', 'inspect', 'exec', 'exec']);
  expect((await node.systemctl()).filter((call) => call.startsWith('restart'))).toHaveLength(restarts);
  await writeFolderAgent(agent, { marked: 'two' });
  expect((await kindgcr(...install, '--keyfile', key)).exitCode).toBe(0);
  expect(await calls()).toEqual(['ps', 'inspect', 'exec', 'cp']);
  expect(await node.read(node.layout.agent)).toContain('# two');
  expect((await node.systemctl()).filter((call) => call === 'restart kubelet.service')).toHaveLength(1);
});

test('an install that was killed after the first credentials: the next one takes them over, and uninstall removes them', async () => {
  const { kindgcr, key, node } = await userWithNode();
  await mkdir(join(node.root, 'kept'));
  const { layout } = node;
  const config = `{"auths":{"gcr.io":{"auth":"dTpw","kindgcr":{"owner":"google","expiresAt":"2031-05-06T12:00:00.000Z"}}}}`;
  const { createHash } = await import('node:crypto');
  const note = `${createHash('sha256').update(config).digest('hex')}  -\n`;
  const leave = async () => {
    await node.write(layout.kubeletDockerConfig, config);
    await node.write(layout.firstCredentials, note);
  };
  await leave();
  expect((await kindgcr('uninstall', '--name', 'dev')).exitCode).toBe(0);
  expect(await node.read(layout.kubeletDockerConfig)).toBeUndefined();
  await leave();
  expect((await kindgcr(...install, '--keyfile', key)).stderr).not.toContain('error');
  expect((await kindgcr('uninstall', '--name', 'dev')).exitCode).toBe(0);
  expect(await node.read(layout.kubeletDockerConfig)).toBeUndefined();
});

testUnless(notLinux)(
  'an install that is killed while it copies: no command waits in the node, and the next one succeeds',
  async () => {
    const { kindgcr, startKindgcr, key, node, calls } = await userWithNode();
    await node.write(join(node.root, 'slow'), '');
    const first = await startKindgcr(...install, '--keyfile', key);
    await expect.poll(calls).toContain('cp');
    expect(await shellsIn(node)).toHaveLength(1);
    await first.stop('SIGKILL');
    await expect.poll(() => shellsIn(node)).toEqual([]);
    await rm(join(node.root, 'slow'));
    const { stderr, exitCode } = await kindgcr(...install, '--keyfile', key);
    expect([stderr.includes('error'), exitCode]).toEqual([false, 0]);
    expect(await node.status()).toMatchObject({ credentials: 'valid', kubeletRestarts: { count: 1 } });
  },
);

test('install --static over an agent: the key is in config.json, and no service is left', async () => {
  const { kindgcr, key, node } = await userWithNode();
  await kindgcr(...install, '--keyfile', key);
  const { stderr, exitCode } = await kindgcr(...install, '--static', '--keyfile', key);
  expect([stderr.includes('error'), exitCode]).toEqual([false, 0]);
  const { layout } = node;
  for (const gone of [layout.unit, layout.keyfile]) expect(await node.read(gone)).toBeUndefined();
  expect((await node.systemctl()).filter((call) => /kindgcr-agent/.test(call)).at(-1)).toBe(
    'disable --now kindgcr-agent.service',
  );
  expect(await node.status()).toMatchObject({ credentials: 'valid', expiresAt: '9999-12-31T23:59:59.999Z' });
});
