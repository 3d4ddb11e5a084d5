import { KindGcrError } from '../../core/errors.ts';
import type { RestartPolicy } from '../../core/node/agent-config.ts';
import type { State } from '../files/state.ts';
import type { World } from '../world.ts';
import { KUBELET_CACHE } from './restart-rule.ts';

/** The least time between two restarts that are only useful, not ordered. */
const RESTART_INTERVAL = 30_000;

const HEALTH_PATIENCE = 60_000;
const HEALTH_INTERVAL = 500;

/** What became of a restart that waited. `needless`: time or another restart did its work. */
export interface Settlement {
  readonly settled: 'none' | 'done' | 'needless' | 'waits' | 'failed' | 'unhealthy';
  readonly state: State;
  /** Why systemd did not do it: with `failed`, and with `unhealthy` where it got half-way. */
  readonly failure?: unknown;
}

type KubeletWorld = Pick<World, 'kubelet' | 'awake' | 'log' | 'now' | 'sleep'>;

/** Does the restart that waits in the state, if there is one and this is a moment for it. */
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
    // The agent starts before the kubelet and so, to systemd, ends before a kubelet may start: waiting for one now would
    // wait for our own end.
    if (verdict === 'wait' || signal?.aborted) return { settled: 'waits', state };
    if (verdict === 'needless') {
      world.log.debug('the kubelet needs no restart any more', { reason });
      return { settled: 'needless', state: withoutPending(state) };
    }
    const wasHealthy = await world.kubelet.isHealthy();
    current = await withTry(world, state);
    try {
      await world.kubelet.restart();
    } catch (failure) {
      // A refusal that leaves the kubelet as it was is tried again; one that has ended it may be our file's doing.
      if (!wasHealthy || (await becomesHealthy(world, signal))) throw failure;
      return { settled: 'unhealthy', state: withoutPending(current), failure };
    }
    world.log.info('restarted the kubelet', { reason });
    current = withRestart(current, reason, world.now());
    if (await becomesHealthy(world, signal)) return { settled: 'done', state: current };
    if (wasHealthy) return { settled: 'unhealthy', state: current };
    world.log.warn('the kubelet is not well after its restart, and was not before it');
    return { settled: 'done', state: current };
  } catch (failure) {
    return { settled: 'failed', state: current, failure };
  }
}

/** Waits until the kubelet says that it is well; false when it doesn't in time. Who is told to stop gives it the benefit. */
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
  if (!running) return 'needless'; // it reads the file when it starts
  if (lastWrite !== null) {
    if (lastWrite.boot !== boot || startedAwake > lastWrite.awake) return 'needless'; // it has started since
    if (now - lastWrite.awake > KUBELET_CACHE) return 'needless'; // it has looked again by itself
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

/** A kubelet that has started since the last write holds nothing older than that. */
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

/** The failure of a kubelet that was well before our file and is not after it. */
export function unhealthyFailure(): KindGcrError {
  return new KindGcrError(
    'NODE_FAILED',
    `the kubelet was not well within ${HEALTH_PATIENCE / 1000} s of its restart, so config.json is as it was before`,
    { hint: 'Look at the kubelet: journalctl -u kubelet.service -n 50' },
  );
}
