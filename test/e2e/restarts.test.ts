import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { writeSecretFile } from '../support/files/secret-file.ts';
import { giveClock, handIn, leap, restartsTold, statusOf, takeClock } from './agent-in-node.ts';
import { e2e } from './e2e.ts';

// The life of one node: when its kubelet is restarted, why, and when not.
const world = e2e('restarts');

const ACCOUNT = 'restarts@kindgcr-test.iam.gserviceaccount.com';
const CONFIG = '/var/lib/kubelet/config.json';
const PULL = { timeout: 300_000, interval: 1000 };
/** The daemon looks every fifteen seconds, and restarts are half a minute apart. */
const TICKS = { timeout: 300_000, interval: 500 };

const NOTHING = 'the kubelet may hold no credentials';
const SOON_ENDED = 'the kubelet may hold credentials that expire before it reads the file again';
const ENDED = 'the kubelet may hold expired credentials';
const LEAPT = 'the clock jumped (suspend?), and the kubelet may hold expired credentials';

let keyfile: string;
beforeAll(async () => {
  if (world === undefined) return;
  keyfile = `${world.user.home}/key.json`;
  await writeSecretFile(keyfile, JSON.stringify(await world.services.serviceAccountKey({ email: ACCOUNT })));
});

const install = () => world.user.run('kindgcr', 'install', '--name', 'restarts', '--keyfile', keyfile);
const source = (name: 'keyfile' | 'host') =>
  world.node.sh(`sed -i 's/"source": *"[a-z]*"/"source": "${name}"/' /etc/kindgcr/agent.json`);
const restarts = async () => (await statusOf(world.node)).kubeletRestarts;
const keys = async () => Object.keys(JSON.parse((await world.node.exec(['cat', CONFIG])).stdout || '{}').auths ?? {});

/** What would be another one after a restart of the kubelet. */
const kubelet = () => world.node.sh('systemctl show kubelet --property=MainPID --value');

/** When the container of a pod began, by the kubelet. */
async function startedAt(pod: string): Promise<string | undefined> {
  const { stdout, exitCode } = await world.node.exec(['curl', '-s', 'http://127.0.0.1:10255/pods']);
  if (exitCode !== 0) return undefined; // the kubelet is just restarting
  const name = `${pod}-${world.node.name}`;
  const found = JSON.parse(stdout).items?.find((item: { metadata: { name: string } }) => item.metadata.name === name);
  return found?.status.containerStatuses?.[0]?.state.running?.startedAt;
}

test('while nothing has configured the kubelet: none, nor after it has started by itself', async () => {
  const { node } = world;
  await node.sh('systemctl stop kubelet; mv /var/lib/kubelet/config.yaml /root/config.yaml');
  const starts = await node.kubeletStarts();
  const done = await install();
  expect(done.stderr).not.toContain('error');
  expect(done.exitCode).toBe(0);
  expect(await keys()).toContain('gcr.io');
  expect(await node.kubeletStarts()).toBe(starts);
  await node.sh('mv /root/config.yaml /var/lib/kubelet/config.yaml; systemctl start kubelet');
  await node.runPod('early', 'gcr.io/private/app:3');
  await expect.poll(() => startedAt('early'), PULL).toBeDefined();
  await expect.poll(restarts, TICKS).toMatchObject({ count: 0, pending: null });
  expect(await node.kubeletStarts()).toBe(starts + 1);
  expect((await world.user.run('kindgcr', 'uninstall', '--name', 'restarts')).exitCode).toBe(0);
});

test('the first credentials: one', async () => {
  expect((await install()).exitCode).toBe(0);
  expect(await restarts()).toMatchObject({ count: 1, lastReason: NOTHING, pending: null });
  await world.node.runPod('long', 'gcr.io/private/app:1');
  await expect.poll(() => startedAt('long'), PULL).toBeDefined();
});

test('ten renewals: none, and a pod that runs goes on', async () => {
  const { node } = world;
  await source('host');
  const [since, pid] = [await startedAt('long'), await kubelet()];
  for (let number = 1; number <= 10; number++) {
    const received = await handIn(node, `renewal-${number}`, 3600);
    expect(received.stderr).not.toContain('error');
    expect(received.exitCode).toBe(0);
    const { auth } = JSON.parse(await node.sh(`cat ${CONFIG}`)).auths['gcr.io'];
    expect(Buffer.from(auth, 'base64').toString()).toBe(`oauth2accesstoken:ya29.renewal-${number}`);
  }
  expect(await kubelet()).toBe(pid);
  expect(await startedAt('long')).toBe(since);
  expect((await restarts()).count).toBe(1);
});

test('a gap: one, at its end, and the pod goes on through it', async () => {
  const { node } = world;
  const [since, pid] = [await startedAt('long'), await kubelet()];
  expect((await handIn(node, 'short', 5)).exitCode).toBe(0);
  await expect.poll(keys, TICKS).not.toContain('gcr.io');
  expect(await kubelet()).toBe(pid);
  expect((await handIn(node, 'afterwards', 3600)).exitCode).toBe(0);
  await expect.poll(async () => (await restarts()).count, TICKS).toBe(2);
  expect(await kubelet()).not.toBe(pid);
  expect(await keys()).toContain('gcr.io');
  expect(await restarts()).toMatchObject({ count: 2, lastReason: NOTHING, pending: null });
  await expect.poll(() => startedAt('long'), PULL).toBe(since);
  expect(since).toBeDefined();
});

test('a token replaced too late for the kubelet to notice: one, and not within half a minute of the last', async () => {
  const { node } = world;
  const last = Date.parse((await restarts()).lastAt ?? '');
  expect((await handIn(node, 'brief', 60)).stdout).not.toContain('restart');
  expect((await handIn(node, 'late', 3600)).stdout).toContain(`kubelet restart pending: ${SOON_ENDED}`);
  expect(await restarts()).toMatchObject({ count: 2, pending: SOON_ENDED });
  await expect.poll(async () => (await restarts()).count, TICKS).toBe(3);
  const { lastAt, lastReason, pending } = await restarts();
  expect({ lastReason, pending }).toEqual({ lastReason: SOON_ENDED, pending: null });
  expect(Date.parse(lastAt ?? '') - last).toBeGreaterThanOrEqual(30_000);
});

test('waking up after a sleep that was longer than the token of before: one', async ({ skip, onTestFinished }) => {
  const { node } = world;
  const obstacle = await giveClock(node);
  if (obstacle !== undefined) skip(obstacle);
  onTestFinished(() => takeClock(node));
  expect((await handIn(node, 'evening', 600)).stdout).not.toContain('restart');
  expect((await handIn(node, 'night', 3600)).stdout).not.toContain('restart');
  const pid = await kubelet();
  await leap(node, '+11m');
  await expect.poll(async () => (await restarts()).count, TICKS).toBe(4);
  expect(await restarts()).toMatchObject({ lastReason: LEAPT, pending: null });
  expect(await kubelet()).not.toBe(pid);
  expect((await statusOf(node)).credentials).toBe('valid');
});

test('docker pause over the end of a token: one when it goes on, and what comes then is pulled', async () => {
  const { node, services } = world;
  const before = await restarts();
  await services.setTokenLife(20, ACCOUNT);
  await source('keyfile');
  await node.sh('kindgcr-agent once');
  const { expiresAt } = await statusOf(node);
  await node.docker('pause', node.name);
  await services.setTokenLife(3599, ACCOUNT);
  await sleep(Date.parse(expiresAt ?? '') - Date.now() + 1000);
  await node.docker('unpause', node.name);
  await expect.poll(async () => (await restarts()).count, TICKS).toBe(before.count + 1);
  expect(await restarts()).toMatchObject({ lastReason: ENDED, pending: null });
  await node.runPod('unpaused', 'gcr.io/private/app:2');
  await expect.poll(() => node.podState('unpaused'), PULL).toMatchObject({ phase: 'Running' });
});

test('the journal has each of them since the install with its reason, and systemd counts no other', async () => {
  const { node } = world;
  const { count } = await restarts();
  const reasons = [NOTHING, SOON_ENDED, LEAPT, ENDED].filter((one) => one !== LEAPT || count === 5);
  await expect.poll(() => restartsTold(node), TICKS).toEqual(reasons);
  // Plus three starts: at boot, manually in the first test, and by the install.
  expect(await node.kubeletStarts()).toBe(reasons.length + 3);
});
