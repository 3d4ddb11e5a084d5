import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimLab, startLabWorld, stopLabServices } from '../test/support/lab/lab-world.ts';
import { drawing } from './still/drawing.ts';
import { COMMANDS, linesOfSession, SIZE } from './still/session.ts';

// node scripts/still.ts
// Draws docs/terminal.svg, the README's picture of a terminal: runs install and status in the lab (test/lab/README.md) and
// renders their output. Build first. test/e2e/picture.test.ts fails when the commands print something else.
const leaveLab = await claimLab(process.env);
try {
  const lab = await startLabWorld(process.env, { onProgress: (line) => console.error(line) });
  try {
    const path = join(import.meta.dirname, '../docs/terminal.svg');
    const lines = await linesOfSession(lab);
    await writeFile(path, drawing(lines, { columns: SIZE.columns, title: COMMANDS.join(', then ') }));
    console.log(`drew ${path}`);
  } finally {
    await stopLabServices(lab.services);
  }
} finally {
  leaveLab();
}
