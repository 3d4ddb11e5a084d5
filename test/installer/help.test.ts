import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { runAgent } from '../../agent/program.ts';
import { commandLine } from '../support/run/command-line.ts';
import { raggedLines } from '../support/text/ragged-lines.ts';

const COMMANDS = /^ {2}([a-z][a-z-]*)(?: .*)?$/gm;

/** The help texts of a program's commands, of commands in commands too, by command line. */
async function helpTexts(
  help: (...args: string[]) => Promise<string>,
  path: readonly string[] = [],
): Promise<[string, string][]> {
  const said = await help(...path, '--help');
  const [, commands = ''] = said.split('\nCommands:\n');
  const inner = [...(commands.split('\n\n')[0] ?? '').matchAll(COMMANDS)].map(([, name = '']) => name);
  const found = inner.filter((name) => name !== 'help').map((name) => helpTexts(help, [...path, name]));
  return [[path.join(' '), said], ...(await Promise.all(found)).flat()];
}

test('help of every command of kindgcr: no line ends early, and 80 columns are enough', async () => {
  const kindgcr = commandLine('/home/nobody');
  const texts = await helpTexts(async (...args) => (await kindgcr(...args)).stdout);
  expect(texts.map(([command]) => command)).toEqual(
    expect.arrayContaining(['install', 'create cluster', 'config set']),
  );
  for (const [command, help] of texts) {
    expect(raggedLines(help), `kindgcr ${command} --help`).toEqual([]);
    expect(Math.max(...help.split('\n').map((line) => line.length)), `kindgcr ${command} --help`).toBeLessThanOrEqual(
      80,
    );
  }
});

test('help of every command of kindgcr-agent: no line ends early', async () => {
  const texts = await helpTexts(async (...args) => {
    const stdout = new PassThrough();
    const world = { env: {}, stdin: Readable.from([]), stdout, stderr: stdout, awake: () => 0 };
    const loadMint = () => import('../../agent/logins/mint.ts');
    await runAgent(args, { ...world, command: [], loadMint, signal: new AbortController().signal });
    stdout.end();
    return text(stdout);
  });
  expect(texts.map(([command]) => command)).toEqual(expect.arrayContaining(['run', 'status']));
  for (const [command, help] of texts) expect(raggedLines(help), `kindgcr-agent ${command} --help`).toEqual([]);
});

test('a line that was broken by hand is found', () => {
  expect(raggedLines('Usage: x\n\nPuts the agent into\nevery node.\n')).toEqual(['Puts the agent into']);
});
