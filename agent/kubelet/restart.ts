import { KindGcrError } from '../../core/errors.ts';
import type { RestartPolicy } from '../../core/node/agent-config.ts';
import type { State } from '../files/state.ts';
import type { World } from '../world.ts';
import { KUBELET_CACHE } from './restart-rule.ts';

/** Minimum time between two restarts with the policy `when-needed`. */
const RESTART_INTERVAL = 30_000;

const HEALTH_PATIENCE = 60_000;
const HEALTH_INTERVAL = 500;

/** The outcome for a pending restart. `needless`: the kubelet has re-read the file or was restarted anyway. */
export interface Settlement {
  readonly settled: 'none' | 'done' | 'needless' | 'waits' | 'failed' | 'unhealthy';
  readonly state: State;
  /** Why systemd failed to do it: with `failed`, and with `unhealthy` where it stopped the kubelet only. */
  readonly failure?: unknown;
}

type KubeletWorld = Pick<World, 'kubelet' | 'awake' | 'log' | 'now' | 'sleep'>;

/** Does the restart that is pending in the state, if there is one and it is possible now. */
export async function settleRestart(
  world: KubeletWorld,
  state: State,
  policy: RestartPolicy,
  signal?: AbortSignal,
): Promise<Settlement> {
  const reason = state.restarts.pending;
  if (reason === null) return { settled: 'none', state };
  let current = state;
  try {
    const verdict = await judge(world, state, policy);
    // Our unit is ordered before the kubelet's, so systemd would start the kubelet only after the agent has stopped:
    // waiting for it while stopping would be a deadlock.
    if (verdict === 'wait' || signal?.aborted) return { settled: 'waits', state };
    if (verdict === 'needless') {
      world.log.debug('the kubelet no longer needs a restart', { reason });
      return { settled: 'needless', state: withoutPending(state) };
    }
    const wasHealthy = await world.kubelet.isHealthy();
    current = await withTry(world, state);
    try {
      await world.kubelet.restart();
    } catch (failure) {
      // If the kubelet is still healthy, try again later; if it is down, our file may be the reason.
      if (!wasHealthy || (await becomesHealthy(world, signal))) throw failure;
      return { settled: 'unhealthy', state: withoutPending(current), failure };
    }
    world.log.info('restarted the kubelet', { reason });
    current = withRestart(current, reason, world.now());
    if (await becomesHealthy(world, signal)) return { settled: 'done', state: current };
    if (wasHealthy) return { settled: 'unhealthy', state: current };
    world.log.warn('the kubelet is unhealthy after its restart, and was before it');
    return { settled: 'done', state: current };
  } catch (failure) {
    return { settled: 'failed', state: current, failure };
  }
}

/** Waits until the kubelet is healthy; false when it isn't in time. When stopping, assume it is healthy. */
export async function becomesHealthy({ kubelet, awake, sleep }: KubeletWorld, signal?: AbortSignal): Promise<boolean> {
  const end = awake.now() + HEALTH_PATIENCE;
  while (!(await kubelet.isHealthy())) {
    if (awake.now() >= end) return false;
    await sleep(HEALTH_INTERVAL, signal).catch(() => {});
    if (signal?.aborted) return true;
  }
  return true;
}

async function judge(
  { kubelet, awake }: KubeletWorld,
  { lastWrite, restarts }: State,
  policy: RestartPolicy,
): Promise<'restart' | 'wait' | 'needless'> {
  if (policy === 'never') return 'needless';
  if (!(await kubelet.isConfigured())) return 'wait';
  const boot = await awake.boot();
  const now = awake.now();
  const { running, startedAwake } = await kubelet.state();
  if (!running) return 'needless'; // it will read the file at its start
  if (lastWrite !== null) {
    if (lastWrite.boot !== boot || startedAwake > lastWrite.awake) return 'needless'; // it has started since
    if (now - lastWrite.awake > KUBELET_CACHE) return 'needless'; // it has re-read the file by itself
  }
  if (await kubelet.isBeingSetUp()) return 'wait';
  const last = restarts.lastTry;
  const isTooSoon = last !== null && last.boot === boot && now - last.awake < RESTART_INTERVAL;
  return isTooSoon && policy === 'when-needed' ? 'wait' : 'restart';
}

async function withTry({ awake }: KubeletWorld, state: State): Promise<State> {
  const lastTry = { boot: await awake.boot(), awake: awake.now() };
  return { ...state, restarts: { ...state.restarts, lastTry } };
}

/** A kubelet that started after the last write holds nothing older. */
function withoutPending(state: State): State {
  return {
    ...state,
    lastWrite: state.lastWrite === null ? null : { ...state.lastWrite, replacedEndsAt: null },
    restarts: { ...state.restarts, pending: null },
  };
}

/** The state after the kubelet was restarted. */
export function withRestart(state: State, reason: string, at: Date): State {
  const { restarts, ...rest } = withoutPending(state);
  return {
    ...rest,
    restarts: { ...restarts, count: restarts.count + 1, lastAt: at.toISOString(), lastReason: reason },
  };
}

/** The failure of a kubelet that was healthy before our file and isn't with it. */
export function unhealthyFailure(): KindGcrError {
  return new KindGcrError(
    'NODE_FAILED',
    `the kubelet was not healthy within ${HEALTH_PATIENCE / 1000} s of its restart, so config.json was restored`,
    { hint: 'Look at the kubelet: journalctl -u kubelet.service -n 50' },
  );
}
