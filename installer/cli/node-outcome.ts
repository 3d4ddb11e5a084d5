import type { KindGcrError } from '../../core/errors.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import type { NodeAttempt } from '../kind/each-node.ts';
import { columns } from './columns.ts';
import type { Terminal } from './terminal.ts';
import { validity } from './validity.ts';

/** A summary for people: a line for each node, with its outcome. */
export function outcomeLines(
  attempts: readonly NodeAttempt<StatusReport>[],
  stopped: readonly string[],
  { now, terminal }: { readonly now: Date; readonly terminal: Pick<Terminal, 'paint'> },
): string {
  const all = [
    ...attempts.map((attempt) =>
      'result' in attempt
        ? { name: attempt.node.name, mark: '✓', text: validity(attempt.result, now) }
        : { name: attempt.node.name, mark: '✗', text: failed(attempt.failure) },
    ),
    ...stopped.map((name) => ({ name, mark: '–', text: 'stopped, skipped' })),
  ];
  const lines = columns(
    all.map(({ name, text }) => [name, text]),
    ' ',
  ).split('\n');
  return all.map(({ mark }, index) => `  ${painted(mark, terminal)}${lines[index]}\n`).join('');
}

/** The same for scripts; without a status where the work has none. */
export function outcomeJson(attempts: readonly NodeAttempt<unknown>[], stopped: readonly string[]): unknown[] {
  return [
    ...attempts.map((attempt) => {
      if ('result' in attempt) return { name: attempt.node.name, outcome: 'done', status: attempt.result };
      const { code, message, hint } = attempt.failure;
      return { name: attempt.node.name, outcome: 'failed', error: { code, message, hint } };
    }),
    ...stopped.map((name) => ({ name, outcome: 'skipped' })),
  ];
}

function painted(mark: string, { paint }: Pick<Terminal, 'paint'>): string {
  return paint(mark === '✓' ? 'green' : mark === '✗' ? 'red' : 'dim', mark);
}

function failed({ code }: KindGcrError): string {
  return code === 'INTERRUPTED' ? 'stopped; nothing was changed' : 'failed, see below';
}
