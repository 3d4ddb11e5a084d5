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

/** Milliseconds that a tick waits for another process's pass; the next tick comes anyway. */
const LOCK_PATIENCE = 10_000;

/** What the daemon needs beside the world. */
export interface DaemonOptions {
  /** Ends the daemon: the pass that runs is cut short where it only waits, and finishes what it writes. */
  readonly signal: AbortSignal;
}

/** Runs passes until the signal. No failure of a pass ends it. Throws BUSY when this node has a daemon already. */
export function runDaemon(world: World, { signal }: DaemonOptions): Promise<void> {
  return whileLocked(world.layout, 'daemon', { patience: 0 }, async () => {
    world.log.info('kindgcr-agent is running', { version: VERSION });
    const { lastAt } = (await readState(world.layout.state).catch(() => undefined))?.restarts ?? { lastAt: null };
    await ticking(tick(world, { signal }, lastAt), { everySeconds: TICK, signal });
    world.log.info('kindgcr-agent has stopped');
  });
}

/** One look at everything, told to the log, never thrown. */
function tick(world: World, { signal }: DaemonOptions, lastRestart: string | null): () => Promise<void> {
  const memory: Memory = {};
  const told = failureLog(world.log);
  const toldRestart = restartLog(world.log, lastRestart);
  const options: ReconcileOptions = { signal, memory };
  return async () => {
    try {
      const lock = { patience: LOCK_PATIENCE, signal };
      const result = await whileLocked(world.layout, 'reconcile', lock, () => reconcile(world, options));
      toldRestart(result);
      told(result);
    } catch (failure) {
      if (!signal.aborted) told({ failures: [failure] });
    }
  };
}

/** Tells of restarts that another process did, at a handover for example: the journal is where a person looks for them. */
function restartLog(log: Logger, known: string | null): (result: ReconcileResult) => void {
  let before = known;
  return ({ settled, state: { restarts } }) => {
    const isOwn = settled === 'done' || settled === 'unhealthy'; // the pass has told of it
    if (restarts.lastAt !== null && restarts.lastAt !== before && !isOwn) {
      log.info('restarted the kubelet', { reason: restarts.lastReason, at: restarts.lastAt });
    }
    before = restarts.lastAt;
  };
}

/** Tells each failure when it comes up and when it is tried again, not at each tick on which it goes on. */
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
