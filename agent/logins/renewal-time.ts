import type { ErrorCode } from '../../core/errors.ts';
import { halfWay } from '../../core/system/half-life.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How far the clock may go back before it counts as having been set back. */
const CLOCK_SLACK = MINUTE;

/** What decides when a login is renewed, by the wall clock. */
export interface Renewal {
  readonly obtainedAt: Date;
  readonly renewAt: Date;
}

/** A run of failures: how many, and when to try again. */
export interface Attempts {
  readonly failures: number;
  readonly nextAttemptAt: Date;
}

/**
 * When to renew a login obtained now: at half of its lifetime, which leaves 30 minutes of an hour, and at least 10 minutes
 * of any lifetime of 20 minutes or more. `random` (0 to 1) moves it up to a tenth earlier, so that nodes installed in the
 * same second don't all ask in the same second.
 */
export function renewalTime(obtainedAt: Date, expiresAt: Date, random: number): Date {
  const half = halfWay(obtainedAt, expiresAt).getTime() - obtainedAt.getTime();
  return new Date(obtainedAt.getTime() + half * (1 - random / 10));
}

/** When to ask a source again that returned the login we already have: after half of its remaining lifetime. */
export function sameAgainTime(now: Date, expiresAt: Date): Date {
  return new Date(Math.max(halfWay(now, expiresAt).getTime(), now.getTime() + 30 * SECOND));
}

/** Whether a login is due for renewal. If it was obtained in the future, the clock was set back. */
export function renewalIsDue(now: Date, { obtainedAt, renewAt }: Renewal): boolean {
  return now >= renewAt || now.getTime() < obtainedAt.getTime() - CLOCK_SLACK;
}

/** Whether the source may be asked after a run of failures. If the wait is longer than we ever set, the clock was set back. */
export function attemptIsAllowed(now: Date, attempts: Attempts | undefined): boolean {
  if (attempts === undefined || now >= attempts.nextAttemptAt) return true;
  return attempts.nextAttemptAt.getTime() - now.getTime() > HOUR + CLOCK_SLACK;
}

/**
 * When to ask again after the `failures`th failure in a row. A refused credential rarely recovers by itself (a key made a
 * minute ago does), so its back-off grows to an hour; other failures are retried within 5 minutes. `random` (0 to 1)
 * shortens a wait by up to a fifth. A server's `retryAt` is respected, up to an hour.
 */
export function nextAttempt(
  now: Date,
  failures: number,
  failure: { readonly code: ErrorCode | 'UNEXPECTED'; readonly retryAt?: Date | undefined },
  random: number,
): Date {
  const [first, longest] = failure.code === 'CREDENTIAL_INVALID' ? [30 * SECOND, HOUR] : [5 * SECOND, 5 * MINUTE];
  const doubled = Math.min(first * 2 ** Math.min(failures - 1, 20), longest);
  const wished = Math.min((failure.retryAt?.getTime() ?? 0) - now.getTime(), HOUR);
  return new Date(now.getTime() + Math.max(doubled * (1 - random / 5), wished));
}
