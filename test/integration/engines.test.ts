import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type StandInContainer, writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { runProgram } from '../support/run/programs.ts';

const stopped = (cluster: string): StandInContainer => ({
  name: `${cluster}-control-plane`,
  cluster,
  role: 'control-plane',
  running: false,
});

/** A machine with one engine of that name on PATH, and these clusters. */
async function machineWith(engine: string, clusters: readonly string[]) {
  const [home, bin] = [await tempDir(), await tempDir()];
  await writeDocker(bin, { containers: clusters.map(stopped) });
  if (engine !== 'docker') await rename(join(bin, 'docker'), join(bin, engine));
  return async (...args: string[]) => {
    const { stdout } = await runProgram('host', ['status', '--output', 'json', ...args], {
      env: { HOME: home, PATH: bin },
    });
    const { clusters: found, engine: name } = JSON.parse(stdout);
    return {
      engine: name,
      nodes: found.flatMap(({ nodes }: { nodes: { name: string }[] }) => nodes.map((node) => node.name)),
    };
  };
}

test.each(['docker', 'nerdctl', 'finch', 'podman'])(
  '%s is found as the only engine, with its clusters',
  async (engine) => {
    const status = await machineWith(engine, ['dev', 'other']);
    expect(await status('--all')).toEqual({ engine, nodes: ['dev-control-plane', 'other-control-plane'] });
  },
);

test("a dot in a cluster's name is not a wildcard: similar names don't match", async () => {
  const status = await machineWith('docker', ['a.b', 'axb', 'a.b.c', 'xa.b']);
  expect((await status('--name', 'a.b')).nodes).toEqual(['a.b-control-plane']);
});
