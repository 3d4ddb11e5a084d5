import { expect, test } from 'vitest';
import { accessToken } from '../../../core/google/access-token.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');

test.each([
  ['2031-05-06T13:00:00Z', '2031-05-06T13:00:00.000Z'],
  ['2099-01-01T00:00:00Z', '2031-05-07T00:00:00.000Z'],
  [Date.parse('2099-01-01'), '2031-05-07T00:00:00.000Z'],
  [1e18, '2031-05-07T00:00:00.000Z'], // milliseconds, beyond what a Date can hold
])('a token with the expiry %s counts as valid for 12 hours at most', (expiry, expected) => {
  expect(accessToken('ya29.test', expiry, 'gcloud', NOON).expiresAt.toISOString()).toBe(expected);
});

test.each([undefined, '', 'soon', 0, -5, Number.NaN, '2031-05-06T12:00:00Z', '2001-01-01T00:00:00Z'])(
  'a token with the expiry %s is refused',
  (expiry) => {
    expect(() => accessToken('ya29.test', expiry, 'gcloud', NOON)).toThrow(/^gcloud answered with/);
  },
);
