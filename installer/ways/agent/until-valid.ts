import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, EXIT_CODES, KindGcrError } from '../../../core/errors.ts';
import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import type { StatusReport } from '../../../core/node/status-report.ts';

/** Milliseconds: a reconcile may ask Google, and restart a kubelet and wait until that is healthy. */
export const RECONCILE_TIME = 150_000;

/** Milliseconds to wait for a restart of the kubelet that is due; one that waits for kubeadm is not waited for. */
const RESTART_TIME = 15_000;

/** A node that can't reach Google, or distrusts it, seldom recovers while the user waits: attempts, and milliseconds of failing. */
const PATIENCE = { attempts: 3, time: 30_000 } as const;

/** What waiting needs; tests pass their own clock. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number;
  /** Waits between two questions; rejects when the signal says so. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Asks again and again until the agent in a node has valid credentials and the kubelet knows them. Throws what the agent
 * says is wrong when that won't pass, or has not passed after three attempts or half a minute of failing.
 */
export async function untilValid(
  name: string,
  status: () => Promise<StatusReport>,
  {
    signal,
    clock = () => performance.now(),
    wait = (milliseconds, aborted) => sleep(milliseconds, undefined, { signal: aborted }),
  }: Waiting,
): Promise<StatusReport> {
  const deadline = clock() + RECONCILE_TIME;
  let restartDeadline: number | undefined;
  let failing: { readonly since: number; readonly before: number } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const report = await status();
    if (report.credentials === 'valid' && report.lastSuccessAt !== null) {
      restartDeadline ??= clock() + RESTART_TIME;
      if (report.kubeletRestarts.pending === null || clock() > restartDeadline) return report;
    }
    // The agent may have failed for hours before the user fixed the cause: only new failures count.
    failing = report.failures === 0 ? undefined : (failing ?? { since: clock(), before: report.failures - 1 });
    const isStuck =
      failing !== undefined &&
      (report.failures - failing.before >= PATIENCE.attempts || clock() - failing.since > PATIENCE.time);
    if (restartDeadline === undefined && (isStuck || isHopeless(report) || clock() > deadline)) {
      throw failureOf(name, report);
    }
    await wait(250, signal);
  }
}

function isHopeless({ lastFailure }: StatusReport): boolean {
  return lastFailure?.code === 'CREDENTIAL_INVALID' || lastFailure?.code === 'CREDENTIAL_NOT_FOUND';
}

function failureOf(name: string, { lastFailure }: StatusReport): KindGcrError {
  return new KindGcrError(
    lastFailure !== null && isErrorCode(lastFailure.code) ? lastFailure.code : 'NODE_FAILED',
    `${name}: ${lastFailure?.message ?? 'the agent has no valid credentials yet'}`,
    { hint: lastFailure?.hint ?? `See what it says: docker exec ${name} journalctl -u ${AGENT_SERVICE}` },
  );
}

function isErrorCode(code: string): code is ErrorCode {
  return code in EXIT_CODES;
}
