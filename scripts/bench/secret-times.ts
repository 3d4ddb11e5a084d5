import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { User } from '../../test/e2e/user.ts';
import { type LabFacts, lab as labCommand, mustLab } from '../../test/support/lab/lab-world.ts';
import { mustSucceed, run } from '../../test/support/run/run.ts';
import type { Report } from './report.ts';

const CLUSTER = 'bench-secrets';
const BY_HAND = join(import.meta.dirname, 'secret-by-hand.sh');

/** A way to give the pods of a namespace credentials. */
interface Way {
  readonly namespace: string;
  /** An image that this cluster does not have yet. */
  readonly image: string;
  readonly command: readonly [file: string, ...args: string[]];
}

const OURS: Way = {
  namespace: 'ours',
  image: 'gcr.io/private/app:1',
  command: ['kindgcr', 'secret', '--apply', '--namespace', 'ours'],
};
const OTHER: Way = { namespace: 'other', image: 'gcr.io/private/app:2', command: [BY_HAND, 'other'] };

/**
 * Measures how soon a private pod of one namespace runs by a pull secret, of `kindgcr secret` and by hand, in a cluster that
 * kind makes in the lab. One run each; times are from the start of the command.
 */
export async function measureSecrets(lab: LabFacts, user: User, report: Report): Promise<void> {
  const node = `${CLUSTER}-control-plane`;
  try {
    await mustLab(['cluster', CLUSTER], lab.env, report.progress);
    await mustLab(['node-trust', node, join(lab.services, 'ca.crt'), lab.names], lab.env, report.progress);
    const ours = await measure(OURS, lab, user);
    const other = await measure(OTHER, lab, user);
    const [name, byHand] = ['`kindgcr secret --apply`', 'imagePullSecrets by hand'];
    report.addTimes(`${name}: the command`, ours.ended, byHand, other.ended);
    report.addTimes(`${name}: until a private pod runs`, ours.running, byHand, other.running);
  } finally {
    await run('docker', ['rm', '--force', '--volumes', node], { env: lab.env });
  }
}

async function measure({ namespace, image, command }: Way, lab: LabFacts, user: User) {
  const kubectl = async (...args: string[]) =>
    (await mustSucceed(labCommand(['exec', 'kubectl', `--context=kind-${CLUSTER}`, ...args], lab.env))).stdout;
  const until = async (look: () => Promise<boolean>) => {
    for (const deadline = Date.now() + 180_000; !(await look()); await sleep(250)) {
      if (Date.now() > deadline) throw new Error(`${namespace}: the pod did not run within three minutes`);
    }
  };
  const within = ['--namespace', namespace];
  await kubectl('create', 'namespace', namespace);
  await until(async () => (await kubectl('get', 'serviceaccounts', '--output=name', ...within)) !== '');

  const start = performance.now();
  const [file, ...args] = command;
  await mustSucceed(user.run(file, ...args));
  const ended = performance.now() - start;
  await kubectl('run', 'app', `--image=${image}`, '--restart=Never', ...within);
  await until(
    async () => (await kubectl('get', 'pod', 'app', '--output=jsonpath={.status.phase}', ...within)) === 'Running',
  );
  return { ended, running: performance.now() - start };
}
