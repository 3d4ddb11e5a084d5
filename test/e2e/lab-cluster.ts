import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { type LabServices, labServices } from '../support/lab/lab-services.ts';
import { type LabFacts, lab } from '../support/lab/lab-world.ts';
import { mustSucceed, run } from '../support/run/run.ts';
import { newUser, type User } from './user.ts';

/** A whole cluster made by the real kind, and a user whose kubeconfig knows it. */
export interface ClusterWorld {
  readonly services: LabServices;
  readonly user: User;
  /** Its node's container. */
  readonly node: string;
  /** Runs kubectl in the cluster as its administrator; it must succeed: its stdout. */
  kubectl(...args: string[]): Promise<string>;
  /** `Running`, or why the first container of a pod waits (`ErrImagePull`, …). */
  podState(namespace: string, pod: string): Promise<string>;
}

/**
 * Gives a test file a cluster of one node, which trusts the test's CA and finds Google's names, and a user. Where
 * there is no lab, each of the file's tests is skipped, by name and with the reason.
 */
export function clusterWorld(
  name: string,
  extra: (services: LabServices) => Readonly<Record<string, string>>,
): ClusterWorld {
  const facts = inject('lab');
  if ('obstacle' in facts) {
    beforeEach((context) => context.skip(facts.obstacle));
    return undefined as never; // no test reads it: all are skipped
  }
  const node = `${name}-control-plane`;
  const world = {
    node,
    kubectl: async (...args: string[]) =>
      (await mustSucceed(lab(['exec', 'kubectl', `--context=kind-${name}`, ...args], facts.env))).stdout,
    async podState(namespace: string, pod: string) {
      const state = '{.status.phase}{.status.containerStatuses[0].state.waiting.reason}';
      const text = await this.kubectl('get', 'pod', pod, `--namespace=${namespace}`, `--output=jsonpath=${state}`);
      return text.replace(/^Pending(?=.)/, '');
    },
  } as { -readonly [key in keyof ClusterWorld]: ClusterWorld[key] };
  beforeAll(async () => {
    world.services = await labServices(facts.services);
    await mustSucceed(lab(['cluster', name], facts.env));
    await mustSucceed(lab(['node-trust', node, join(facts.services, 'ca.crt'), facts.names], facts.env));
    const KUBECONFIG = facts.env.KUBECONFIG ?? '';
    world.user = await newUser(facts, { extra: { KUBECONFIG, ...extra(world.services) } });
  });
  afterAll(async () => {
    if (process.env.KINDGCR_E2E_KEEP === '1') return;
    await removeCluster(node, name, facts);
    await world.user?.remove();
  });
  return world;
}

async function removeCluster(node: string, name: string, { env }: LabFacts): Promise<void> {
  await run('docker', ['rm', '--force', '--volumes', node], { env, timeout: 300_000 });
  for (const kind of ['cluster', 'user'])
    await lab(['exec', 'kubectl', 'config', `delete-${kind}`, `kind-${name}`], env);
  await lab(['exec', 'kubectl', 'config', 'delete-context', `kind-${name}`], env);
}
