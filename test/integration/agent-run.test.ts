import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'vitest';
import { loginsMessage, plainNode } from '../agent/plain-node.ts';
import { decoded } from '../agent/simulated-node.ts';
import { startGoogle } from '../support/google.ts';

test.concurrent('the daemon heals by itself: no key at first, then a key, then a file that somebody empties', async ({
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

test.concurrent('a token past half of its life is renewed when the daemon starts', async ({
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

test.concurrent('under journald a line begins with its priority and without a time', async ({
  expect,
  onTestFinished,
}) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon({ JOURNAL_STREAM: '8:12345' });
  const printed = await daemon.prints(/<3>/);
  expect(printed).toMatch(/^<6>kindgcr-agent is running version=\d+\.\d+\.\d+\n<3>this node holds no credentials/);
});

test.concurrent('a failure that goes on is told once', async ({ expect, onTestFinished }) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  await rm(node.layout.agentConfig);
  const daemon = await node.daemon();
  await daemon.prints(/agent\.json does not exist/);
  await node.configure({});
  await daemon.prints(/holds no credentials from the host/);
  expect(daemon.output.match(/agent\.json does not exist/g)).toHaveLength(1);
});

test.concurrent('what is received while the daemon runs is in force at once', async ({ expect, onTestFinished }) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon();
  await daemon.prints(/holds no credentials/);
  expect((await node.agent(['receive'], loginsMessage('t', 3600))).exitCode).toBe(0);
  expect((await node.status()).credentials).toBe('valid');
});

test.concurrent('the journal tells of a restart for received logins, too, and once', async ({
  expect,
  onTestFinished,
}) => {
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

test.concurrent('a node has one daemon; when that is killed the next one starts at once', async ({
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

test.concurrent('a running daemon has no socket that another process could take the name of', async ({
  expect,
  onTestFinished,
}) => {
  const node = await plainNode({ source: 'host' }, {}, onTestFinished);
  const daemon = await node.daemon();
  await daemon.prints(/is running/);
  expect(await readFile('/proc/net/unix', 'utf8')).not.toContain('@kindgcr');
  expect((await readdir(dirname(node.layout.daemonLock))).sort()).toEqual(['daemon.lock', 'reconcile.lock']);
});

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
