import { Option } from 'commander';
import { expect, test } from 'vitest';
import { KindGcrError } from '../../../core/errors.ts';
import { defineCommand, type Report } from '../../../installer/cli/command.ts';
import type { Verbosity } from '../../../installer/cli/terminal.ts';

/** Runs a command that returns this report, and returns what it printed and threw. */
async function printed(report: Report, args: readonly string[] = [], verbosity: Verbosity = 'normal') {
  const out: string[] = [];
  const context = { out: (text: string) => void out.push(text), terminal: { verbosity } };
  const definition = defineCommand<object, readonly [], typeof context>({
    name: 'show',
    summary: 'shows',
    options: [new Option('--output <format>')],
    run: async () => report,
  });
  const failure = await definition
    .toCommander(context)
    .parseAsync([...args], { from: 'user' })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  return { text: out.join(''), failure };
}

const REPORT = { json: { nodes: [] }, text: 'the table\n', confirmation: 'Done.\n' };

test('a report is printed as text, and as nothing but JSON with --output json', async () => {
  expect((await printed(REPORT)).text).toBe('the table\nDone.\n');
  expect((await printed(REPORT, ['--output', 'json'])).text).toBe('{\n  "nodes": []\n}\n');
});

test('quiet drops the confirmation, not what was asked for', async () => {
  expect((await printed(REPORT, [], 'quiet')).text).toBe('the table\n');
});

test('a failure is thrown after everything is printed', async () => {
  const failure = new KindGcrError('NODE_FAILED', 'one node failed', { hint: 'See above.' });
  expect(await printed({ ...REPORT, failure })).toEqual({ text: 'the table\nDone.\n', failure });
  expect((await printed({ ...REPORT, failure }, ['--output', 'json'])).text).toContain('"nodes"');
});
