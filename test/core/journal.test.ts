import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { journal, journalFormat } from '../../core/journal.ts';
import type { Logger } from '../../core/log.ts';

const SECRET = 'ya29.a0AfB_byDsecret';

/** The lines that a log writes in a format. */
function lines(env: Record<string, string>, write: (log: Logger) => void, level: keyof Logger = 'info'): string[] {
  const output = new PassThrough();
  write(journal({ format: journalFormat(env), level, output }));
  return String(output.read() ?? '')
    .split('\n')
    .slice(0, -1);
}

const write = (log: Logger) => {
  log.info(`got\n${SECRET}`, { account: 'me', token: SECRET, count: 2, hint: 'see why', nothing: undefined });
  log.warn('slow');
  log.debug('step');
};

test('under journald a line has a priority, no time and no secret', () => {
  expect(lines({ JOURNAL_STREAM: '8:1' }, write)).toEqual([
    '<6>got [access token] account=me token="[access token]" count=2 hint="see why"',
    '<4>slow',
  ]);
});

test('elsewhere a line has a time and a level', () => {
  expect(lines({}, write).map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, 'TIME '))).toEqual([
    'TIME info got [access token] account=me token="[access token]" count=2 hint="see why"',
    'TIME warn slow',
  ]);
});

test('KINDGCR_LOG_FORMAT=json writes one redacted JSON object per line', () => {
  const [first, second] = lines({ KINDGCR_LOG_FORMAT: 'json', JOURNAL_STREAM: '8:1' }, write).map((line) =>
    JSON.parse(line),
  );
  expect(first).toEqual({
    level: 'info',
    message: 'got [access token]',
    account: 'me',
    token: '[access token]',
    count: 2,
    hint: 'see why',
    timestamp: expect.stringMatching(/Z$/),
  });
  expect(second).toMatchObject({ level: 'warn', message: 'slow' });
});

test('the level decides what is written', () => {
  expect(lines({}, write, 'debug')).toHaveLength(3);
  expect(lines({}, write, 'warn')).toHaveLength(1);
});
