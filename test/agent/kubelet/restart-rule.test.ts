import { expect, test } from 'vitest';
import type { OwnEntry } from '../../../agent/docker-config/entries.ts';
import { restartReason, resumeReason } from '../../../agent/kubelet/restart-rule.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');
const after = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);

/** Our entry for gcr.io that expires so many seconds after noon. */
function own(auth?: string, end = 3600): Map<string, OwnEntry> {
  return new Map(auth === undefined ? [] : [['gcr.io', { auth, owner: 'google', expiresAt: after(end) }]]);
}

const NOTHING = 'the kubelet may hold no credentials';
const DEAD = 'the kubelet may hold expired credentials';
const DYING = 'the kubelet may hold credentials that expire before it reads the file again';

test.each([
  ['first credentials', own(), own('new'), NOTHING],
  ['a renewal in time', own('old', 1800), own('new'), undefined],
  ['a renewal with exactly the cache lifetime left', own('old', 300), own('new'), undefined],
  ['a renewal with less than the cache lifetime left', own('old', 299), own('new'), DYING],
  ['a renewal too late', own('old', 0), own('new'), DEAD],
  ['the same credentials, written again', own('old', 10), own('old', 10), undefined],
  ['a removal', own('old', -1), own(), undefined],
])('when-needed: %s', (_what, before, now, reason) => {
  expect(restartReason('when-needed', { before, after: now, seenMomentsAgo: false }, NOON)).toBe(reason);
});

test('a new registry beside valid ones needs a restart: the kubelet has no login for it', () => {
  const rewrite = {
    before: own('old'),
    after: new Map([
      ...own('new'),
      ...new Map([['*.gcr.io', { auth: 'new', owner: 'google', expiresAt: after(3600) }]]),
    ]),
  };
  expect(restartReason('when-needed', { ...rewrite, seenMomentsAgo: false }, NOON)).toBe(NOTHING);
});

test('entries that another program removed moments ago are restored without a restart', () => {
  const rewrite = { before: own(), after: own('new'), seenMomentsAgo: true };
  expect(restartReason('when-needed', rewrite, NOON)).toBeUndefined();
});

test('restart: always needs a restart after each rewrite, restart: never after none', () => {
  const renewal = { before: own('old'), after: own('new'), seenMomentsAgo: true };
  expect(restartReason('always', renewal, NOON)).toBe('restart policy: always');
  expect(restartReason('always', { ...renewal, after: own() }, NOON)).toBe('restart policy: always');
  expect(restartReason('never', { before: own(), after: own('new'), seenMomentsAgo: false }, NOON)).toBeUndefined();
});

test.each([
  ['replaced credentials are still valid', 60, 100, false],
  ['they expired within the cache lifetime', 60, 50, true],
  ['they expired, and the kubelet has read the file again', 300, 50, false],
  ['nothing was replaced', 60, undefined, false],
])('after a renewal, %s', (_what, awake, end, restarts) => {
  const lastWrite = { awake: 0, replacedEndsAt: end === undefined ? undefined : after(end - 60) };
  expect(resumeReason('when-needed', lastWrite, NOON, awake * 1000) !== undefined).toBe(restarts);
  expect(resumeReason('never', lastWrite, NOON, awake * 1000)).toBeUndefined();
});
