import { expect, test } from 'vitest';
import { KindGcrError } from '../../../core/errors.ts';
import type { StatusReport } from '../../../core/node/status-report.ts';
import { outcomeJson, outcomeLines } from '../../../installer/cli/node-outcome.ts';
import type { KindNode } from '../../../installer/kind/node.ts';

const now = new Date(2026, 4, 4, 12, 0);
const node = (name: string) => ({ name }) as KindNode;
const status = {
  expiresAt: new Date(2026, 4, 4, 12, 59).toISOString(),
  kubeletRestarts: { pending: null },
} as StatusReport;
const noRoom = new KindGcrError('NODE_FAILED', 'dev-worker: no space left on device', { hint: 'df -h' });
const stopped = new KindGcrError('INTERRUPTED', 'stopped', { hint: 'again' });
const attempts = [
  { node: node('dev-control-plane'), result: status },
  { node: node('dev-worker'), failure: noRoom },
  { node: node('dev-worker2'), failure: stopped },
];

test('a line for each node: until when it is valid, that it failed, that nothing was changed, that it was skipped', () => {
  const terminal = { paint: (style: string, text: string) => `<${style}>${text}` };
  expect(
    outcomeLines(attempts, ['dev-worker3'], { now, terminal }),
  ).toBe(`  <green>✓ dev-control-plane  valid until 12:59 (59 min)
  <red>✗ dev-worker         failed, see below
  <red>✗ dev-worker2        stopped; nothing was changed
  <dim>– dev-worker3        stopped, skipped
`);
});

test('the same as JSON, with the status of each node or its error', () => {
  expect(outcomeJson(attempts, ['dev-worker3'])).toEqual([
    { name: 'dev-control-plane', outcome: 'done', status },
    {
      name: 'dev-worker',
      outcome: 'failed',
      error: { code: 'NODE_FAILED', message: 'dev-worker: no space left on device', hint: 'df -h' },
    },
    { name: 'dev-worker2', outcome: 'failed', error: { code: 'INTERRUPTED', message: 'stopped', hint: 'again' } },
    { name: 'dev-worker3', outcome: 'skipped' },
  ]);
});
