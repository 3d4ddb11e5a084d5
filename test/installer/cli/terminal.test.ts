import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { terminal, type Verbosity } from '../../../installer/cli/terminal.ts';

/** A terminal whose stderr is recorded. */
function recorded({ isTTY = false, env = {} }: { isTTY?: boolean; env?: Record<string, string> } = {}) {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream;
  const screen = terminal({ stdout: stream, stderr: stream, env });
  return { screen, shown: () => String((stream as unknown as PassThrough).read() ?? '') };
}

test.each<[Verbosity, Record<string, string>, string]>([
  ['quiet', {}, 'error: e\nwarning: w\n'],
  ['normal', {}, 'error: e\nwarning: w\ni\n'],
  ['verbose', {}, 'error: e\nwarning: w\ni\ndebug: d\n'],
  ['quiet', { KINDGCR_DEBUG: '1' }, 'error: e\nwarning: w\ndebug: d\n'],
])('%s with %j logs these lines', (verbosity, env, lines) => {
  const { screen, shown } = recorded({ env });
  screen.verbosity = verbosity;
  screen.log.error('e');
  screen.log.warn('w');
  screen.log.info('i');
  screen.log.debug('d');
  expect(shown()).toBe(lines);
});

test('log lines wait while progress redraws its own lines, also when that fails', async () => {
  const { screen, shown } = recorded();
  const work = screen.whileHolding(async () => {
    screen.log.warn('slow');
    expect(shown()).toBe('');
    throw new Error('failed');
  });
  await expect(work).rejects.toThrow('failed');
  expect(shown()).toBe('warning: slow\n');
});

test.each<[boolean, Verbosity, Record<string, string>, boolean]>([
  [true, 'normal', {}, true],
  [false, 'normal', {}, false],
  [true, 'quiet', {}, false],
  [true, 'verbose', {}, false],
  [true, 'normal', { CI: 'true' }, false],
  [true, 'normal', { TERM: 'dumb' }, false],
])('terminal %s, %s, %j: live progress %s', (isTTY, verbosity, env, isLive) => {
  const { screen } = recorded({ isTTY, env });
  screen.verbosity = verbosity;
  expect(screen.isLive).toBe(isLive);
});
