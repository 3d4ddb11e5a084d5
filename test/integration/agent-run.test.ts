import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'vitest';
import { loginsMessage, plainNode } from '../agent/plain-node.ts';
import { decoded } from '../agent/simulated-node.ts';
import { startGoogle } from '../support/google/google.ts';

test.concurrent('the daemon recovers without a restart: no key at first, then a key, then an emptied file', async ({
  expect,
  onTestFinished,
}) => {
  const google = await startGoogle({}, onTestFinished);
  const node = await plainNode({}, google.env, onTestFinished);
  const daemon = await node.daemon();
  await daemon.prints(/ error key file .* does not exist/);
  await mkdir(dirname(node.layout.keyfile), { recursive: true });
  await copyFile(await google.keyfile(), node.layout.keyfile);
  await daemon.prints(/wrote credentials for the kubelet/);
  await node.write(node.layout.kubeletDockerConfig, '{}');
  await daemon.prints(/(wrote credentials[\s\S]*){2}/);
  expect(decoded((await node.auths())['gcr.io'])).toBe(`oauth2accesstoken:${google.endpoint.latest}`);
  expect((await node.systemctl()).filter((call) => call.startsWith('restart'))).toHaveLength(1);
  expect(google.endpoint.requests).toBe(1);

  const { exitCode, stdout } = await daemon.stop();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/ info kindgcr-agent has stopped\n$/);
  expect(stdout).not.toMatch(/ya29|PRIVATE KEY|eyJ/);
});

test.concurrent('a token past half of its lifetime is renewed when the daemon starts', async ({
  expect,
  onTestFinished,
}) => {
  const google = await startGoogle({}, onTestFinished);
  const node = await plainNode({}, google.env, onTestFinished);
  await mkdir(dirname(node.layout.keyfile), { recursive: true });
  await copyFile(await google.keyfile(), node.layout.keyfile);
  await node.agent(['once']);
  const login = { login: JSON.parse(loginsMessage('old', 1200)).logins[0], obtainedAt: ago(1800), renewAt: ago(300) };
  await node.write(node.layout.logins, JSON.stringify({ version: 1, logins: [login] }));
  const daemon = await node.daemon();
  await daemon.prints(/wrote credentials for the kubelet/);
  expect(google.endpoint.requests).toBe(2);
});

test.concurrent('under journald a line starts with its priority and has no time', async ({
  expect,
  onTestFinished,
}) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon({ JOURNAL_STREAM: '8:12345' });
  const printed = await daemon.prints(/<3>/);
  expect(printed).toMatch(/^<6>kindgcr-agent is running version=\d+\.\d+\.\d+\n<3>this node holds no credentials/);
});

test.concurrent('a persistent failure is logged once', async ({ expect, onTestFinished }) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  await rm(node.layout.agentConfig);
  const daemon = await node.daemon();
  await daemon.prints(/agent\.json does not exist/);
  await node.configure({});
  await daemon.prints(/holds no credentials from the host/);
  expect(daemon.output.match(/agent\.json does not exist/g)).toHaveLength(1);
});

test.concurrent('logins received while the daemon runs are applied at once', async ({ expect, onTestFinished }) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon();
  await daemon.prints(/holds no credentials/);
  expect((await node.agent(['receive'], loginsMessage('t', 3600))).exitCode).toBe(0);
  expect((await node.status()).credentials).toBe('valid');
});

test.concurrent('a restart for received logins is logged in the journal, once', async ({ expect, onTestFinished }) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon();
  await daemon.prints(/holds no credentials/);
  expect((await node.agent(['receive'], loginsMessage('t', 3600))).exitCode).toBe(0);
  const { lastAt } = (await node.status()).kubeletRestarts;
  await daemon.prints(/info restarted the kubelet /);
  expect((await daemon.stop()).stdout.match(/restarted the kubelet.*/g)).toEqual([
    `restarted the kubelet reason="the kubelet may hold no credentials" at=${lastAt}`,
  ]);
  const next = await node.daemon();
  await next.prints(/is running/);
  await node.write(node.layout.kubeletDockerConfig, '{}');
  await next.prints(/wrote credentials/);
  expect((await next.stop()).stdout).not.toContain('restarted the kubelet');
});

test.concurrent('a node runs one daemon; when it is killed the next one starts at once', async ({
  expect,
  onTestFinished,
}) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const first = await node.daemon();
  await first.prints(/is running/);
  const second = await node.agent(['run']);
  expect(second.exitCode).toBe(10);
  expect(second.stderr).toContain('error: a kindgcr-agent is already running on this node\n');
  await first.stop('SIGKILL');
  const third = await node.daemon();
  await third.prints(/is running/);
});

test.concurrent('a running daemon has no abstract socket whose name another process could take', async ({
  expect,
  onTestFinished,
}) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon();
  await daemon.prints(/is running/);
  // The second lock is there from the first reconcile on, which may begin after the daemon has said that it runs.
  await expect
    .poll(async () => (await readdir(dirname(node.layout.daemonLock))).sort())
    .toEqual(['daemon.lock', 'reconcile.lock']);
  expect(await readFile('/proc/net/unix', 'utf8')).not.toContain('@kindgcr');
});

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
