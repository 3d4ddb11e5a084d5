import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { type LabServices, labServices } from '../support/lab/lab-services.ts';
import { lab as labCommand } from '../support/lab/lab-world.ts';
import { type RunningProgram, run } from '../support/run/run.ts';
import { PULL } from './e2e.ts';
import { type LabNode, startLabNode } from './lab-node.ts';
import { newUser, type User } from './user.ts';

const lab = inject('lab');
const SOON = { timeout: 300_000, interval: 500 };

let services: LabServices;
let gcloud: string;
let user: User;
let watch: RunningProgram;
let node: LabNode;

const env = 'obstacle' in lab ? {} : lab.env;
const docker = (...args: string[]) => run('docker', args, { env, timeout: 600_000 });
const ACCOUNT = 'watching@kindgcr.example';
const EXTRA = ['watched-worker', 'watched-worker2', 'watched-worker3'];

if ('obstacle' in lab) beforeEach((context) => context.skip(lab.obstacle));
else {
  beforeAll(async () => {
    services = await labServices(lab.services);
    // The stand-in, also where the real gcloud is installed: its account is this file's alone.
    gcloud = await mkdtemp(join(tmpdir(), 'kindgcr-gcloud-'));
    const login = await services.authorizedUser({ account: ACCOUNT });
    const google = { loopbackUrl: services.loopbackUrl, authorizedUser: () => login };
    user = await newUser(lab, { path: [(await writeGcloud(gcloud, { google })).dir] });
    // The first token lives a minute, so that its half is worth waiting for.
    await services.setTokenLife(60, ACCOUNT);
    await docker('rm', '--force', '--volumes', 'watched-control-plane', 'unwatched-control-plane', ...EXTRA);
    watch = await user.start('kindgcr', 'watch', '--name', 'watched');
    await watch.prints(/kindgcr watch is running/);
    node = await startLabNode('watched', lab);
  });
  afterAll(async () => {
    await watch?.stop('SIGKILL');
    if (process.env.KINDGCR_E2E_KEEP === '1') return;
    await docker('rm', '--force', '--volumes', 'watched-control-plane', 'unwatched-control-plane', ...EXTRA);
    await user?.remove();
    await rm(gcloud, { recursive: true, force: true });
  });
}

const report = async () => JSON.parse((await node.exec(['kindgcr-agent', 'status', '--json'])).stdout || '{}');

test('a cluster that appears while the watch runs pulls a private image without another command', async () => {
  await watch.prints(/installed the agent node=watched-control-plane/);
  await node.runPod('app', 'gcr.io/private/app:1');
  await expect.poll(() => node.podState('app'), PULL).toMatchObject({ phase: 'Running' });
});

test('a cluster that was not chosen is left alone, and the watch says how to choose it', async () => {
  const other = await startLabNode('unwatched', lab as Exclude<typeof lab, { obstacle: string }>);
  await watch.prints(
    /ignoring a cluster that was not chosen cluster=unwatched choose="kindgcr install --name unwatched"/,
  );
  expect((await other.exec(['test', '-e', '/usr/local/bin/kindgcr-agent'])).exitCode).toBe(1);
  await other.remove();
});

test('a second watch of the same user gives way: exit 10, and where to look', async () => {
  const { stderr, exitCode } = await user.run('kindgcr', 'watch', '--all');
  expect(stderr).toMatch(/^error: another kindgcr watch is running for this user\nhint: .*kindgcr service status/);
  expect(exitCode).toBe(10);
});

test('the watch renews a token before its expiry', async () => {
  await services.setTokenLife(3599, ACCOUNT);
  const life = ({ expiresAt }: { expiresAt: string }) => Date.parse(expiresAt) - Date.now();
  await expect.poll(async () => life(await report()), SOON).toBeGreaterThan(30 * 60_000);
  expect(await report()).toMatchObject({ credentials: 'valid', failures: 0, lastFailure: null });
});

test('the watch gives a node that was restarted, and lost its token with its memory, another at once', async () => {
  await docker('restart', '--time', '2', node.name);
  await expect.poll(async () => (await report()).nextRenewalAt, SOON).toEqual(expect.any(String));
  expect((await report()).credentials).toBe('valid');
});

test('nodes come and go: each gets its agent, and the watch holds on to nothing of them', async () => {
  // At rest it has one child, which follows the engine's events.
  await expect.poll(() => holdings(watch.pid), SOON).toMatchObject({ children: 1 });
  const before = await holdings(watch.pid);
  for (const round of [1, 2]) {
    await Promise.all(EXTRA.map((name) => labCommand(['node', name], env)));
    for (const name of EXTRA) {
      await expect.poll(() => watch.output.split(`installed the agent node=${name} `).length - 1, SOON).toBe(round);
    }
    await docker('rm', '--force', '--volumes', ...EXTRA);
  }
  await expect.poll(() => holdings(watch.pid), SOON).toEqual(before);
});

test('the watch logs lines with a time, and no secret is in them', () => {
  const lines = watch.output.trim().split('\n');
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warn|error) /);
  expect(watch.output).not.toMatch(/ya29|eyJ|Bearer/);
});

test('SIGTERM ends the watch cleanly: no child stays, and the lock is free', async () => {
  const { exitCode, stdout } = await watch.stop('SIGTERM');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/kindgcr watch has stopped\n$/);
  const { stdout: events } = await run('pgrep', ['-f', `^docker events --filter type=container.*kind`], { env });
  const own = await Promise.all(
    events
      .split('\n')
      .filter(Boolean)
      .map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  expect(own.filter((variables) => variables.includes(user.home))).toEqual([]);
});

test('watch --once tends what there is, and ends', async () => {
  await docker('rm', '--force', '--volumes', node.name);
  node = await startLabNode('watched', lab as Exclude<typeof lab, { obstacle: string }>);
  const once = await user.run('kindgcr', 'watch', '--name', 'watched', '--once');
  expect(once.stdout).toMatch(/installed the agent node=watched-control-plane/);
  expect(once.exitCode).toBe(0);
});

/** What a process holds that could leak: open files by kind, child processes. */
async function holdings(pid: number) {
  const files = await readdir(`/proc/${pid}/fd`);
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return { files: files.length, children: children.trim().split(' ').filter(Boolean).length };
}
