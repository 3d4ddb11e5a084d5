import type { ErrorCode } from '../../core/errors.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How far a clock may go back before we say that it was set. */
const CLOCK_SLACK = MINUTE;

/** What the moment of a renewal hangs on, by the wall clock. */
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
 * When a login that was obtained now should be renewed: at half of its life, which leaves a life of an hour 30 minutes of
 * slack and is never later than 10 minutes before the end of a life of 20 minutes or more. `random` (0 to 1) brings it up
 * to a tenth forward, so that ten nodes that were installed in the same second don't ask in the same second.
 */
export function renewalTime(obtainedAt: Date, expiresAt: Date, random: number): Date {
  const half = Math.max(expiresAt.getTime() - obtainedAt.getTime(), 0) / 2;
  return new Date(obtainedAt.getTime() + half * (1 - random / 10));
}

/** When to ask again a source that gave the login that we have already: after half of what it has left. */
export function sameAgainTime(now: Date, expiresAt: Date): Date {
  return new Date(now.getTime() + Math.max((expiresAt.getTime() - now.getTime()) / 2, 30 * SECOND));
}

/** Whether a login is to be renewed now. One that was obtained in the future is one of a clock that was set back. */
export function renewalIsDue(now: Date, { obtainedAt, renewAt }: Renewal): boolean {
  return now >= renewAt || now.getTime() < obtainedAt.getTime() - CLOCK_SLACK;
}

/** Whether the source may be asked after a run of failures. A wait longer than any we set is one of a clock set back. */
export function attemptIsAllowed(now: Date, attempts: Attempts | undefined): boolean {
  if (attempts === undefined || now >= attempts.nextAttemptAt) return true;
  return attempts.nextAttemptAt.getTime() - now.getTime() > HOUR + CLOCK_SLACK;
}

/**
 * When to ask again after the `failures`th failure in a row. A refused credential seldom heals by itself (a key that was
 * made a minute ago does), so there the wait grows to an hour; all else is tried again within 5 minutes. `random` (0 to 1)
 * shortens a wait by up to a fifth. `retryAt` is the other side's wish: kept to, up to an hour.
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
