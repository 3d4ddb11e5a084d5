import { putKubeletFile, removeKubeletFile } from '../docker-config/file.ts';
import { withdrawCredentials } from '../docker-config/withdraw.ts';
import { type State, writeState } from '../files/state.ts';
import { becomesHealthy, withRestart } from '../kubelet/restart.ts';
import type { World } from '../world.ts';
import type { Written } from './write-credentials.ts';

/** Milliseconds for which config.json is left alone after a kubelet that would not start with ours. */
const LEAVE_ALONE = 10 * 60_000;

/** The state from which config.json is left alone for a while. */
export function leavingAlone(state: State, now: Date): State {
  return { ...state, leaveAloneUntil: new Date(now.getTime() + LEAVE_ALONE).toISOString() };
}

/** Puts the file of before back and restarts the kubelet with it. Throws FILE_FAILED or NODE_FAILED. */
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
  const reason = 'config.json was put back';
  world.log.info('restarted the kubelet', { reason });
  await becomesHealthy(world, signal);
  return withRestart(state, reason, world.now());
}

/** Whether config.json is to be left alone for now. An end further away than we set is one of a clock set back. */
export function isLeftAlone({ leaveAloneUntil }: State, now: Date): boolean {
  if (leaveAloneUntil === null) return false;
  const left = new Date(leaveAloneUntil).getTime() - now.getTime();
  return left > 0 && left <= LEAVE_ALONE;
}
