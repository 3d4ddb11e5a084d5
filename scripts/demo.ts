// The demo: on a machine with a kind cluster it installs into that one; on a bare one it builds everything around it.
import { join } from 'node:path';
import { labObstacle, mustLab, stopLabServices } from '../test/support/lab-world.ts';
import { demoHere, kindClusters } from './demo-here.ts';
import { demoInLab } from './demo-in-lab.ts';

const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
const say = (line: string) => console.log(line);
const [command, ...rest] = process.argv.slice(2);

if ((command !== undefined && command !== 'down') || rest.length > 0) {
  console.error('usage: scripts/demo [down]');
  process.exitCode = 2;
} else if (command === 'down') {
  const folder = join(
    env.KINDGCR_LAB ?? join(env.XDG_CACHE_HOME ?? join(env.HOME ?? '/root', '.cache'), 'kindgcr/lab'),
    'run/google',
  );
  await stopLabServices(folder);
  await mustLab(['down'], env, say);
  say('The demo is gone. What it built stays cached; remove that, too: test/lab/lab down --purge');
} else {
  const clusters = await kindClusters(env);
  const obstacle = clusters.length > 0 ? undefined : await labObstacle(env);
  if (clusters.length > 0) process.exitCode = await demoHere(clusters, env, say);
  else if (obstacle === undefined) process.exitCode = await demoInLab(env, say);
  else {
    console.error(`error: there is no kind cluster on this machine, and none can be built here: ${obstacle}`);
    console.error('hint: make a cluster (kind create cluster), or run this as root on Debian');
    process.exitCode = 69;
  }
}
