import { expect, test } from 'vitest';
import {
  attemptIsAllowed,
  nextAttempt,
  renewalIsDue,
  renewalTime,
  sameAgainTime,
} from '../../../agent/logins/renewal-time.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');
const after = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);
const secondsTo = (date: Date) => (date.getTime() - NOON.getTime()) / 1000;

test.each([
  ['an hour', 3600, 1800],
  ['twenty minutes', 1200, 600],
  ['three minutes', 180, 90],
  ['no lifetime', 0, 0],
  ['an expiry in the past', -60, 0],
])('a login that lives %s is due at half of its lifetime', (_what, life, due) => {
  expect(secondsTo(renewalTime(NOON, after(life), 0))).toBe(due);
});

test.each([1200, 1800, 3600, 43_200])(
  'with a lifetime of %d s this is never later than 10 minutes before the expiry',
  (life) => {
    for (const random of [0, 0.5, 0.999])
      expect(secondsTo(renewalTime(NOON, after(life), random))).toBeLessThanOrEqual(life - 600);
  },
);

test('ten nodes installed in the same second spread their requests', () => {
  const times = Array.from({ length: 10 }, (_, node) => secondsTo(renewalTime(NOON, after(3600), node / 10)));
  expect(new Set(times).size).toBe(10);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1620);
});

test.each([
  ['before its time', 1799, false],
  ['at its time', 1800, true],
  ['long after it', 30_000, true],
  ['with a clock a few seconds behind', -30, false],
  ['with a clock set back to before it was obtained', -3600, true],
])('%s a renewal is due: %s', (_what, now, due) => {
  expect(renewalIsDue(after(now), { obtainedAt: NOON, renewAt: after(1800) })).toBe(due);
});

test.each([
  [3600, 1800],
  [100, 50],
  [40, 30],
  [-5, 30],
])('the same login again, with %d s left, is asked for after %d s', (left, wait) => {
  expect(secondsTo(sameAgainTime(NOON, after(left)))).toBe(wait);
});

test('after failures the back-off doubles from 5 s to 5 minutes', () => {
  const waits = [1, 2, 3, 4, 7, 8, 50, 5000].map((failures) =>
    secondsTo(nextAttempt(NOON, failures, { code: 'TOKEN_EXCHANGE_FAILED' }, 0)),
  );
  expect(waits).toEqual([5, 10, 20, 40, 300, 300, 300, 300]);
});

test('after a refusal the back-off doubles from 30 s to an hour: a new key works after a minute, a revoked one never', () => {
  const waits = [1, 2, 3, 8, 50].map((failures) =>
    secondsTo(nextAttempt(NOON, failures, { code: 'CREDENTIAL_INVALID' }, 0)),
  );
  expect(waits).toEqual([30, 60, 120, 3600, 3600]);
});

test("the server's retry time is respected, up to an hour", () => {
  const wait = (retryAt: Date) => secondsTo(nextAttempt(NOON, 1, { code: 'TOKEN_EXCHANGE_FAILED', retryAt }, 0));
  expect([wait(after(90)), wait(after(1)), wait(after(-1000)), wait(after(86_400))]).toEqual([90, 5, 5, 3600]);
});

test('jitter shortens a wait by up to a fifth', () => {
  expect(secondsTo(nextAttempt(NOON, 7, { code: 'TOKEN_EXCHANGE_FAILED' }, 1))).toBe(240);
});

test('a wait made endless by a clock set back is ignored', () => {
  const attempts = { failures: 3, nextAttemptAt: after(300) };
  expect(attemptIsAllowed(after(299), attempts)).toBe(false);
  expect(attemptIsAllowed(after(300), attempts)).toBe(true);
  expect(attemptIsAllowed(after(-86_400), attempts)).toBe(true);
});
