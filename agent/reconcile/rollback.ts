import { putKubeletFile, removeKubeletFile } from '../docker-config/file.ts';
import { withdrawCredentials } from '../docker-config/withdraw.ts';
import { type State, writeState } from '../files/state.ts';
import { becomesHealthy, withRestart } from '../kubelet/restart.ts';
import type { World } from '../world.ts';
import type { Written } from './write-credentials.ts';

/** Milliseconds for which config.json is left alone after the kubelet failed to start with ours. */
const LEAVE_ALONE = 10 * 60_000;

/** The state from which config.json is left alone for a while. */
export function leavingAlone(state: State, now: Date): State {
  return { ...state, leaveAloneUntil: new Date(now.getTime() + LEAVE_ALONE).toISOString() };
}

/** Restores the previous file and restarts the kubelet. Throws FILE_FAILED or NODE_FAILED. */
export async function rollBack(
  world: World,
  state: State,
  { wrote, previous }: Pick<Written, 'wrote' | 'previous'>,
  signal?: AbortSignal,
): Promise<State> {
  await writeState(world.layout.state, state);
  const path = world.layout.kubeletDockerConfig;
  if (wrote === 'nothing') await withdrawCredentials(world.layout, state);
  else if (previous === undefined) await removeKubeletFile(path);
  else await putKubeletFile(path, previous.bytes, previous.mode);
  await world.kubelet.restart();
  const reason = 'config.json was restored';
  world.log.info('restarted the kubelet', { reason });
  await becomesHealthy(world, signal);
  return withRestart(state, reason, world.now());
}

/** Whether config.json is left alone for now. A time further away than we ever set means that the clock was set back. */
export function isLeftAlone({ leaveAloneUntil }: State, now: Date): boolean {
  if (leaveAloneUntil === null) return false;
  const left = new Date(leaveAloneUntil).getTime() - now.getTime();
  return left > 0 && left <= LEAVE_ALONE;
}
