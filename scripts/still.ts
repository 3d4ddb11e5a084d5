import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gcloudIn } from '../test/e2e/gcloud-user.ts';
import { startLabNode } from '../test/e2e/lab-node.ts';
import { newUser, type User } from '../test/e2e/user.ts';
import { labServices } from '../test/support/lab/lab-services.ts';
import { startLabWorld, stopLabServices } from '../test/support/lab/lab-world.ts';
import { drawing } from './still/drawing.ts';
import { type Line, screenAfter } from './still/screen.ts';

// node scripts/still.ts
// Draws docs/terminal.svg, the README's picture of a terminal: runs install and status in the lab (test/lab/README.md) and
// renders their output. Build first.
const SIZE = { columns: 88, rows: 24 };
const COMMANDS = ['kindgcr install --name dev', 'kindgcr status --name dev'];

const env = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
const lab = await startLabWorld(Object.fromEntries(env), { onProgress: (line) => console.error(line) });
const undo: (() => Promise<void>)[] = [() => stopLabServices(lab.services)];
try {
  for (const role of ['control-plane', 'worker'] as const) {
    const node = await startLabNode('dev', lab, role);
    undo.unshift(() => node.remove());
  }
  const user = await newUser(lab, await gcloudIn(lab, await labServices(lab.services)));
  undo.unshift(() => user.remove());
  const lines: Line[] = [];
  for (const command of COMMANDS) {
    if (lines.length > 0) lines.push([]);
    lines.push(
      [
        { text: '$ ', style: 'dim' },
        { text: command, style: 'bold' },
      ],
      ...(await seenOf(command, user)),
    );
  }
  const path = join(import.meta.dirname, '../docs/terminal.svg');
  await writeFile(path, drawing(lines, { columns: SIZE.columns, title: COMMANDS.join(', then ') }));
  console.log(`drew ${path}`);
} finally {
  for (const step of undo) await step();
}

/** A command's output on a terminal, which `script` provides. */
async function seenOf(command: string, { run }: User): Promise<Line[]> {
  const { columns, rows } = SIZE;
  const inTerminal = `stty cols ${columns} rows ${rows}; TERM=xterm-256color exec ${command}`;
  const { stdout, exitCode } = await run('script', '--quiet', '--return', '--command', inTerminal, '/dev/null');
  if (exitCode !== 0) throw new Error(`${command} ended with exit code ${exitCode}:\n${stdout}`);
  return await screenAfter(stdout, SIZE);
}
