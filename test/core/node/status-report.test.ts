import { parse } from 'valibot';
import { expect, test } from 'vitest';
import { StatusReportSchema } from '../../../core/node/status-report.ts';

const ESCAPE = '\u001b]0;title\u0007\u001b[2J\u009b1m\u202e';

test('no text in the status of a node reaches the terminal with control characters or line breaks', () => {
  const text = `one${ESCAPE}\r\ntwo`;
  const at = '2031-05-06T12:00:00.000Z';
  const report = parse(StatusReportSchema, {
    version: text,
    credentials: 'expired',
    source: text,
    account: text,
    registries: [text],
    expiresAt: at,
    nextRenewalAt: at,
    lastSuccessAt: at,
    lastFailure: { at, code: text, message: text, hint: text },
    failures: 1,
    kubeletRestarts: { count: 1, lastAt: at, lastReason: text, pending: text },
    setAside: { at, path: text, reason: text },
  });
  expect(JSON.stringify(report)).not.toMatch(/\\[urn]|[\u009b\u202e]/);
  expect(report.lastFailure).toEqual({ at, code: 'one two', message: 'one two', hint: 'one two' });
});
