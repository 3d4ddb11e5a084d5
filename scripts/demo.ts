// The demo: on a machine with a kind cluster it installs into that one; on a bare one it builds everything around it.
import { join } from 'node:path';
import { labObstacle, mustLab, stopLabServices } from '../test/support/lab/lab-world.ts';
import { demoHere, kindClusters } from './demo-here.ts';
import { demoInLab } from './demo-in-lab.ts';

const { env } = process;
const say = (line: string) => console.log(line);
const [command, ...rest] = process.argv.slice(2);

try {
  process.exitCode = await demo();
} catch (error) {
  console.error(`error: the demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  console.error('hint: scripts/demo down removes it; what was built is kept for the next try');
  process.exitCode = 1;
}

async function demo(): Promise<number> {
  if ((command !== undefined && command !== 'down') || rest.length > 0) {
    console.error('usage: scripts/demo [down]');
    return 2;
  }
  if (command === 'down') return await down();
  const clusters = await kindClusters(env);
  if (clusters.length > 0) return await demoHere(clusters, env, say);
  const obstacle = await labObstacle(env);
  if (obstacle === undefined) return await demoInLab(env, say);
  console.error(`error: there is no kind cluster on this machine, and none can be built here: ${obstacle}`);
  console.error('hint: make a cluster (kind create cluster), or run this as root on Debian');
  return 69;
}

async function down(): Promise<number> {
  const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? '/root', '.cache');
  await stopLabServices(join(env.KINDGCR_LAB ?? join(cache, 'kindgcr/lab'), 'run/google'));
  await mustLab(['down'], env, say);
  say('The demo is gone. What it built stays cached; remove that, too: test/lab/lab down --purge');
  return 0;
}
