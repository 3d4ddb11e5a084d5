import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type StandInGcloud, writeGcloud } from '../support/gcloud/gcloud.ts';
import { e2e, PULL } from './e2e.ts';
import { startUserManager, type UserManager } from './user-manager.ts';

const ACCOUNT = 'served@kindgcr.example';
/** Seconds that a token lives. */
const LIFE = 120;

let runtimeDir: string;
let gcloud: StandInGcloud;
let manager: UserManager | undefined;
let obstacle: string | undefined;

const world = e2e('served', async (_, services) => {
  const folder = await mkdtemp(join(tmpdir(), 'kindgcr-login-'));
  runtimeDir = join(folder, 'run');
  await services.setTokenLife(LIFE, ACCOUNT);
  // The stand-in, also where the real gcloud is installed: its account is this file's alone.
  gcloud = await writeGcloud(folder, { google: services, account: ACCOUNT });
  return { path: [gcloud.dir], folders: [folder], extra: { XDG_RUNTIME_DIR: runtimeDir } };
});

const logIn = async () => {
  const started = await startUserManager(world.user, runtimeDir);
  if ('obstacle' in started) obstacle = started.obstacle;
  else manager = started;
};
const logOut = () => manager?.stop();

if (world !== undefined) {
  beforeAll(logIn);
  afterAll(logOut);
  beforeEach((context) => context.skip(obstacle !== undefined, obstacle));
}

const service = async (command: string) =>
  (await world.user.run('systemctl', '--user', command, 'kindgcr-watch.service')).stdout.trim();

test('one kindgcr install: private images pull after two token lifetimes, with no further command', async () => {
  const { node, user, services } = world;
  const install = await user.run('kindgcr', 'install', '--name', 'served');
  expect(install.stdout).toContain('A new background service renews the tokens. To undo: kindgcr service uninstall\n');
  expect(install.exitCode).toBe(0);
  await node.runPod('early', 'gcr.io/private/app:1');
  await expect.poll(() => node.podState('early'), PULL).toMatchObject({ phase: 'Running' });

  const calls = (await gcloud.calls()).length;
  await sleep(2 * LIFE * 1000);
  const issued = (await services.issued()).filter(({ account }) => account === ACCOUNT);
  expect(issued.filter(({ expiresAt }) => expiresAt.getTime() < Date.now()).length).toBeGreaterThanOrEqual(2);
  expect((await gcloud.calls()).length).toBeGreaterThan(calls);
  await node.runPod('late', 'gcr.io/private/app:2');
  await expect.poll(() => node.podState('late'), PULL).toMatchObject({ phase: 'Running' });
});

test('the service is there again at the next login, and status says so', async () => {
  await logOut();
  expect((await world.user.run('kindgcr', 'status')).stdout).toMatch(/^Service {2}none/m);
  await logIn();
  await expect.poll(() => service('is-active'), PULL).toBe('active');
  expect(await service('is-enabled')).toBe('enabled');
  expect((await world.user.run('kindgcr', 'status')).stdout).toMatch(/^Service {2}renews tokens in the background$/m);
});

test('a second install leaves the running service alone', async () => {
  const pid = () => world.user.run('systemctl', '--user', 'show', '--property=MainPID', 'kindgcr-watch.service');
  const before = (await pid()).stdout;
  const again = await world.user.run('kindgcr', 'install', '--name', 'served');
  expect(again.stdout).toContain('The background service renews the tokens; it was already running.\n');
  expect((await pid()).stdout).toBe(before);
});

test('the last uninstall removes the service and says so', async () => {
  const uninstall = await world.user.run('kindgcr', 'uninstall', '--name', 'served');
  expect(uninstall.stdout).toContain('The background service was removed');
  expect(await service('is-active')).toBe('inactive');
  expect((await world.user.run('systemctl', '--user', 'cat', 'kindgcr-watch.service')).exitCode).not.toBe(0);
});
