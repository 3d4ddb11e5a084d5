import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import type { LabServices } from '../support/lab/lab-services.ts';
import type { RunningProgram } from '../support/run/run.ts';
import { createdCluster } from './created-cluster.ts';

const ACCOUNT = 'streams@kindgcr.example';
const PULL = { timeout: 300_000, interval: 1000 };
const TICKS = { timeout: 300_000, interval: 500 };
const COUNTS = 'n=0; while :; do n=$((n+1)); echo "line $n"; sleep 0.2; done';
const NOTHING = 'the kubelet may hold no credentials';
const SOON_ENDED = 'the kubelet may hold credentials that expire before it reads the file again';

let services: LabServices;
let gcloud: string;
let log: RunningProgram | undefined;

// A cluster by the real kind, with an API server, on which a client follows a log: what a restart of the kubelet cuts.
const cluster = createdCluster('streams', async (_lab, theServices) => {
  services = theServices;
  // The stand-in, also where the real gcloud is installed: its account is this file's alone.
  gcloud = await mkdtemp(join(tmpdir(), 'kindgcr-gcloud-'));
  const user = await services.authorizedUser({ account: ACCOUNT });
  const google = { loopbackUrl: services.loopbackUrl, authorizedUser: () => user };
  // Too short for gcloud to print it twice, long enough that the kubelet reads the next one in time.
  await services.setTokenLife(1200, ACCOUNT);
  return { path: [(await writeGcloud(gcloud, { google })).dir] };
});

afterAll(async () => {
  await log?.stop('SIGKILL');
  if (gcloud !== undefined) await rm(gcloud, { recursive: true, force: true });
});

const kubeconfig = () => ['--kubeconfig', join(cluster.user.home, 'kubeconfig')];
const kubectl = async (...args: string[]) => {
  const { stdout, stderr, exitCode } = await cluster.user.run('kubectl', ...kubeconfig(), ...args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
};
const kindgcr = async (command: string) => {
  const { stdout, stderr, exitCode } = await cluster.user.run('kindgcr', command, '--name', 'streams');
  expect(stderr).not.toContain('error');
  expect(exitCode).toBe(0);
  return stdout;
};
const restarts = async () => JSON.parse(await cluster.sh('kindgcr-agent status --json')).kubeletRestarts;
const field = (pod: string, path: string) => kubectl('get', 'pod', pod, `--output=jsonpath=${path}`);
const phase = (pod: string) => () => field(pod, '{.status.phase}');
/** How often the container of a pod was restarted, and since when it runs. */
const container = (pod: string) =>
  field(pod, '{range .status.containerStatuses[0]}{.restartCount} {.state.running.startedAt}{end}');
const kubelet = () => cluster.sh('systemctl show kubelet --property=MainPID --value');

test('an install while kubeadm sets the node up leaves the kubelet to kubeadm', async () => {
  const config = await cluster.config(['control-plane']);
  const flags = ['--name', 'streams', '--image', cluster.image, '--config', config, '--wait', '3m', ...kubeconfig()];
  const creating = await cluster.user.start('kind', 'create', 'cluster', ...flags);
  await expect.poll(() => cluster.inNode('pidof kubeadm kubelet | wc -w'), PULL).toBe('2\n');
  await cluster.sh('kill -STOP $(pidof kubeadm)'); // or it would be done before we have looked
  expect(await kindgcr('install')).toContain('kubelet restart pending');
  expect(await restarts()).toMatchObject({ count: 0, pending: NOTHING });
  await cluster.sh('kill -CONT $(pidof kubeadm)');
  const created = await creating.ended;
  expect(created.exitCode, created.stderr).toBe(0);
  // kubeadm itself restarts the kubelet before it exits.
  await expect.poll(restarts, TICKS).toMatchObject({ count: 0, pending: null });
  await expect.poll(() => kubectl('get', 'serviceaccount', 'default').catch(() => ''), PULL).toContain('default');
  await kubectl('run', 'ticker', '--image=gcr.io/private/app:1', '--command', '--', 'sh', '-c', COUNTS);
  await expect.poll(phase('ticker'), PULL).toBe('Running');
});

test('ten renewals: the kubelet is the same, a pod runs on, and who follows its log misses no line', async () => {
  log = await cluster.user.start('kubectl', ...kubeconfig(), 'logs', '--follow', 'ticker');
  await log.prints(/^line 3$/m);
  const before = { kubelet: await kubelet(), container: await container('ticker') };
  const files = new Set<string>();
  for (let number = 1; number <= 10; number++) {
    await kindgcr('refresh');
    files.add(await cluster.sh('sha256sum /var/lib/kubelet/config.json'));
  }
  expect(files.size).toBe(10);
  await followsOn();
  expect({ kubelet: await kubelet(), container: await container('ticker') }).toEqual(before);
  expect(before.container).toMatch(/^0 \d{4}-/);
  expect(await restarts()).toMatchObject({ count: 0, pending: null });
});

test('while a kubeadm runs a restart that is needed waits; afterwards it is done, and that ends what was followed', async () => {
  const [pid, pod] = [await kubelet(), await container('ticker')];
  // Nothing answers it, so it keeps asking.
  const flags = '--discovery-token-unsafe-skip-ca-verification --ignore-preflight-errors=all';
  await cluster.sh(`kubeadm join 127.0.0.1:9 --token abcdef.0123456789abcdef ${flags} > /dev/null 2>&1 &`);
  for (const life of [60, 1200]) {
    await services.setTokenLife(life, ACCOUNT);
    await kindgcr('refresh');
  }
  await cluster.sh('kindgcr-agent once');
  expect(await restarts()).toMatchObject({ count: 0, pending: SOON_ENDED });
  await followsOn();
  expect(await kubelet()).toBe(pid);

  await cluster.sh('kill $(pidof kubeadm)');
  await expect.poll(restarts, TICKS).toMatchObject({ count: 1, pending: null });
  expect(await cluster.sh('journalctl --unit kindgcr-agent --output cat')).toContain(
    `restarted the kubelet reason="${SOON_ENDED}"\n`,
  );
  expect(await kubelet()).not.toBe(pid);
  await log?.ended;
  await kubectl('run', 'next', '--image=gcr.io/private/app:2');
  await expect.poll(phase('next'), PULL).toBe('Running');
  expect(await container('ticker')).toBe(pod);
});

/** What has come of the log has each line once, and lines of this moment are among it. */
async function followsOn(): Promise<void> {
  if (log === undefined) throw new Error('no client follows the log');
  const now = (await kubectl('logs', '--tail=1', 'ticker')).trim();
  const followed = await log.prints(new RegExp(`^${now}$`, 'm'));
  const lines = followed.split('\n').slice(0, -1);
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
}
