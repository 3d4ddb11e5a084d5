import { expect, test } from 'vitest';
import { inWords } from '../../../installer/cli/durations.ts';
import { localTime, untilInWords } from '../../../installer/cli/local-time.ts';

const NOW = new Date(2031, 4, 6, 13, 33);

test('a time is local and short, with its date when it is not today', () => {
  expect(localTime(new Date(2031, 4, 6, 9, 5), NOW)).toBe('09:05');
  expect(localTime(new Date(2031, 4, 7, 0, 12), NOW)).toBe('2031-05-07 00:12');
  expect(untilInWords(new Date(2031, 4, 6, 14, 32).toISOString(), NOW)).toBe('until 14:32 (59 min)');
});

test.each([
  [-1, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [119 * 60_000, '119 min'],
  [120 * 60_000, '2 h'],
])('%i ms is %s', (milliseconds, words) => {
  expect(inWords(milliseconds)).toBe(words);
});
