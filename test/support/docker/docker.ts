import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '../run/run.ts';

/** A container as the stand-in for docker knows it. */
export interface StandInContainer {
  readonly name: string;
  readonly cluster: string;
  readonly role: 'control-plane' | 'worker' | 'external-load-balancer';
  readonly running?: boolean;
}

/**
 * Writes an executable `docker` into a folder: see docker-program.ts. `daemon: false` is one that does not
 * answer; with `hangs` it takes what is to be run in a container for as long as a test may wait.
 */
export async function writeDocker(
  folder: string,
  {
    daemon = true,
    containers = [],
    hangs = false,
  }: { readonly daemon?: boolean; readonly containers?: readonly StandInContainer[]; readonly hangs?: boolean } = {},
): Promise<void> {
  const state = join(folder, 'docker-state.json');
  const known = containers.map(({ name, cluster, role, running = true }) => ({
    name,
    running,
    labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': role },
  }));
  await writeFile(state, JSON.stringify({ running: daemon, containers: known, hangs }));
  const script = join(REPOSITORY, 'test/support/docker/docker-program.ts');
  await writeFile(join(folder, 'docker'), `#!/bin/sh\nexec '${process.execPath}' '${script}' '${state}' "$@"\n`);
  await chmod(join(folder, 'docker'), 0o755);
}
