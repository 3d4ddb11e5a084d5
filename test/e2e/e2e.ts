import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { type LabServices, labServices } from '../support/lab/lab-services.ts';
import type { LabFacts } from '../support/lab/lab-world.ts';
import { type LabNode, startLabNode } from './lab-node.ts';
import { newUser, type User } from './user.ts';

/** How long an image may take until it runs: the kubelet waits longer and longer between its tries. Milliseconds. */
export const PULL = { timeout: 300_000, interval: 1000 } as const;

/** What the tests of one file share. */
export interface E2e {
  readonly lab: LabFacts;
  readonly services: LabServices;
  readonly node: LabNode;
  readonly user: User;
}

/**
 * Gives a test file a node of its own in the cluster of that name, and a user. Where there is no lab, each of the
 * file's tests is skipped, by name and with the reason.
 */
export function e2e(
  cluster: string,
  options?: (lab: LabFacts, services: LabServices) => Promise<Parameters<typeof newUser>[1]>,
): E2e {
  const lab = inject('lab');
  if ('obstacle' in lab) {
    beforeEach((context) => context.skip(lab.obstacle));
    return undefined as never; // no test reads it: all are skipped
  }
  const world = { lab } as { -readonly [name in keyof E2e]: E2e[name] };
  beforeAll(async () => {
    world.services = await labServices(lab.services);
    world.node = await startLabNode(cluster, lab);
    world.user = await newUser(lab, await options?.(lab, world.services));
  });
  afterAll(async () => {
    if (process.env.KINDGCR_E2E_KEEP === '1') return;
    await world.node?.remove();
    await world.user?.remove();
  });
  return world;
}
