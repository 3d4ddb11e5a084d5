import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeStandIn } from '../run/stand-in.ts';

/** A container of the fake docker. */
export interface StandInContainer {
  readonly name: string;
  readonly cluster: string;
  readonly role: 'control-plane' | 'worker' | 'external-load-balancer';
  readonly running?: boolean;
  /** The folder that is its root, see folder-node.ts; without one nothing can be run in it. */
  readonly root?: string;
}

/**
 * Writes an executable `docker` into a folder: see docker-program.ts. `daemon: false` is a daemon that does not
 * answer; with `hangs`, `docker exec` hangs for longer than a test waits.
 */
export async function writeDocker(
  folder: string,
  {
    daemon = true,
    containers = [],
    hangs = false,
    env = {},
  }: {
    readonly daemon?: boolean;
    readonly containers?: readonly StandInContainer[];
    readonly hangs?: boolean;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  const state = join(folder, 'docker-state.json');
  const known = containers.map(({ name, cluster, role, running = true, root }) => ({
    name,
    running,
    root,
    labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': role },
  }));
  await writeFile(state, JSON.stringify({ running: daemon, containers: known, hangs, env }));
  await writeStandIn(join(folder, 'docker'), 'test/support/docker/docker-program.ts', state);
}
