import { join } from 'node:path';
import { gcloudIn } from '../../test/e2e/gcloud-user.ts';
import { newUser, type User } from '../../test/e2e/user.ts';
import type { AtEnd } from '../../test/support/files/temp-dir.ts';
import { type LabServices, labServices } from '../../test/support/lab/lab-services.ts';
import {
  type LabFacts,
  labObstacle,
  startLabWorld,
  stopLabServices,
  type Variables,
} from '../../test/support/lab/lab-world.ts';
import { alternated, median } from './paired.ts';
import type { Report } from './report.ts';
import { measureSecrets } from './secret-times.ts';
import { waitingCluster } from './waiting-cluster.ts';

const SIZES = [1, 3, 6];
const ROUNDS = 3;
const BY_HAND = join(import.meta.dirname, 'by-hand.sh');

/** A way to give a cluster credentials. */
interface Way {
  readonly name: string;
  readonly command: (cluster: string, services: LabServices) => readonly [file: string, ...args: string[]];
}

const INSTALL: Way = {
  name: '`kindgcr install --keyfile`',
  command: (cluster, { keyFile }) => ['kindgcr', 'install', '--verbose', '--name', cluster, '--keyfile', keyFile],
};

const STEPS_BY_HAND: Way = { name: "kind's steps by hand", command: (cluster) => [BY_HAND, cluster] };

/**
 * Measures how soon private pods run on clusters of 1, 3 and 6 nodes, by `kindgcr install` and by hand, in the lab: medians of
 * three runs on new nodes whose pods wait for a private image; times are from the start of the command. Then secrets, in one
 * run each.
 */
export async function measureInstalls(env: Variables, report: Report, atEnd: AtEnd): Promise<void> {
  const obstacle = await labObstacle(env);
  if (obstacle !== undefined) return report.skip("installs beside kind's steps by hand", obstacle);
  const lab = await startLabWorld(env, { onProgress: report.progress });
  atEnd(() => stopLabServices(lab.services));
  const services = await labServices(lab.services);
  const { extra, ...gcloud } = await gcloudIn(lab, services);
  const user = await newUser(lab, { ...gcloud, extra: { KUBECONFIG: lab.env.KUBECONFIG ?? '', ...extra } });
  atEnd(() => user.remove());
  const within = { lab, services, user };
  const calls: string[] = [];
  const restarts = { ours: new Set<number>(), other: new Set<number>() };
  for (const way of [INSTALL, STEPS_BY_HAND]) await measure(way, 1, within); // fills the disk cache
  for (const size of SIZES) {
    const { ours, other } = await alternated(
      () => measure(INSTALL, size, within),
      () => measure(STEPS_BY_HAND, size, within),
      ROUNDS,
    );
    const name = `${INSTALL.name}, ${size} ${size === 1 ? 'node' : 'nodes'}`;
    const compare = (what: string, time: (one: Measured) => number) =>
      report.addTimes(`${name}: ${what}`, median(ours.map(time)), STEPS_BY_HAND.name, median(other.map(time)));
    compare('the command', ({ ended }) => ended);
    compare('until private pods run', ({ running }) => running);
    calls.push(`${(median(ours.map(({ engineCalls }) => engineCalls)) / size).toFixed(1)} with ${size}`);
    for (const count of ours.flatMap((one) => one.restarts)) restarts.ours.add(count);
    for (const count of other.flatMap((one) => one.restarts)) restarts.other.add(count);
  }
  const perNode = (counts: ReadonlySet<number>) => `${[...counts].sort().join(' or ')} a node`;
  await measureSecrets(lab, user, report);
  report.add('engine calls a node, by the number of nodes', calls.join(', '));
  report.add(
    'kubelet restarts of an install',
    perNode(restarts.ours),
    `${STEPS_BY_HAND.name} ${perNode(restarts.other)}`,
  );
}

interface Measured {
  readonly ended: number;
  readonly running: number;
  /** Commands of the container engine that it reports. */
  readonly engineCalls: number;
  /** Of each node's kubelet. */
  readonly restarts: readonly number[];
}

async function measure(
  way: Way,
  size: number,
  { lab, services, user }: { readonly lab: LabFacts; readonly services: LabServices; readonly user: User },
): Promise<Measured> {
  const cluster = await waitingCluster(`bench${size}`, size, lab);
  try {
    const start = Date.now();
    const [file, ...args] = way.command(cluster.name, services);
    const { exitCode, stderr } = await user.run(file, ...args);
    const ended = Date.now() - start;
    if (exitCode !== 0) throw new Error(`${way.name} failed with exit code ${exitCode}: ${stderr}`);
    const running = (await cluster.untilAllRun()) - start;
    const engineCalls = stderr.match(/^debug: docker /gm)?.length ?? 0;
    return { ended, running, engineCalls, restarts: await cluster.kubeletRestarts() };
  } finally {
    await cluster.remove();
  }
}
