import { expect, test } from 'vitest';
import { lineLogger } from '../../core/log.ts';

const SECRET = 'ya29.a0AfB_byDsecret';

function lines(debug: boolean): string[] {
  const written: string[] = [];
  const log = lineLogger((line) => written.push(line), { debug });
  log.error(`refused ${SECRET}`, { code: 'X' });
  log.warn('two\nlines\u001b[31m');
  log.info('got', { token: SECRET, account: 'me', nothing: undefined });
  log.debug('step', { hint: 'see why', ms: 3 });
  return written;
}

test("a command's log has one line per call, with its level, and no secret in message or fields", () => {
  expect(lines(true)).toEqual([
    'error: refused [access token] code=X\n',
    'warning: two lines\n',
    'got token="[access token]" account=me\n',
    'debug: step hint="see why" ms=3\n',
  ]);
});

test('debug lines are written only when asked for', () => {
  expect(lines(false)).toHaveLength(3);
});
