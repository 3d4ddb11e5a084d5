import { errorMessage, KindGcrError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { ticking } from '../core/system/ticks.ts';
import { VERSION } from '../core/version.ts';
import { readState } from './files/state.ts';
import { whileLocked } from './node-lock.ts';
import { type ReconcileOptions, type ReconcileResult, reconcile } from './reconcile/reconcile.ts';
import type { Memory } from './reconcile/write-credentials.ts';
import type { World } from './world.ts';

/** Seconds from tick to tick. */
const TICK = 15;

/** Milliseconds that a tick waits while another process reconciles; the next tick follows anyway. */
const LOCK_PATIENCE = 10_000;

/** What the daemon needs besides the world. */
export interface DaemonOptions {
  /** Stops the daemon: a running reconcile stops waiting, but completes its writes. */
  readonly signal: AbortSignal;
}

/** Reconciles at each tick until the signal; failures are logged. Throws BUSY when this node already runs a daemon. */
export function runDaemon(world: World, { signal }: DaemonOptions): Promise<void> {
  return whileLocked(world.layout, 'daemon', { patience: 0 }, async () => {
    world.log.info('kindgcr-agent is running', { version: VERSION });
    const { lastAt } = (await readState(world.layout.state).catch(() => undefined))?.restarts ?? { lastAt: null };
    await ticking(tick(world, { signal }, lastAt), { everySeconds: TICK, signal });
    world.log.info('kindgcr-agent has stopped');
  });
}

/** Reconciles once and logs the outcome. Never rejects. */
function tick(world: World, { signal }: DaemonOptions, lastRestart: string | null): () => Promise<void> {
  const memory: Memory = {};
  const logFailures = failureLog(world.log);
  const logRestart = restartLog(world.log, lastRestart);
  const options: ReconcileOptions = { signal, memory };
  return async () => {
    try {
      const lock = { patience: LOCK_PATIENCE, signal };
      const result = await whileLocked(world.layout, 'reconcile', lock, () => reconcile(world, options));
      logRestart(result);
      logFailures(result);
    } catch (failure) {
      if (!signal.aborted) logFailures({ failures: [failure] });
    }
  };
}

/** Logs kubelet restarts by other processes, for example `receive`, so that the journal has them all. */
function restartLog(log: Logger, known: string | null): (result: ReconcileResult) => void {
  let before = known;
  return ({ settled, state: { restarts } }) => {
    const isOwn = settled === 'done' || settled === 'unhealthy'; // logged already
    if (restarts.lastAt !== null && restarts.lastAt !== before && !isOwn) {
      log.info('restarted the kubelet', { reason: restarts.lastReason, at: restarts.lastAt });
    }
    before = restarts.lastAt;
  };
}

/** Logs a failure when it first occurs and after each retry, not at every tick while it persists. */
function failureLog(log: Logger): (result: Pick<ReconcileResult, 'failures'> & Partial<ReconcileResult>) => void {
  let before = '';
  return ({ failures, state }) => {
    const tried = state?.attempts?.failures ?? 0;
    const now = `${tried} ${failures.map(errorMessage).join(' ')}`;
    if (now === before) return;
    before = now;
    for (const failure of failures) {
      if (failure instanceof KindGcrError) {
        const again = state?.attempts?.nextAttemptAt;
        log.error(failure.message, { code: failure.code, hint: failure.hint, again });
      } else {
        const stack = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
        log.error('this is a bug in kindgcr-agent');
        for (const line of stack.split('\n')) log.error(line);
      }
    }
  };
}
