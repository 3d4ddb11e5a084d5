import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLabNode } from '../../test/e2e/lab-node.ts';
import { newUser, type User } from '../../test/e2e/user.ts';
import { startUserManager } from '../../test/e2e/user-manager.ts';
import { writeGcloud } from '../../test/support/gcloud/gcloud.ts';
import { labServices } from '../../test/support/lab/lab-services.ts';
import type { LabFacts } from '../../test/support/lab/lab-world.ts';
import { type Line, screenAfter } from './screen.ts';

/** Characters of the terminal in the picture. */
export const SIZE = { columns: 88, rows: 24 };

/** The commands of the picture. */
export const COMMANDS = ['kindgcr install --name dev', 'kindgcr status --name dev'];

/**
 * What a user with a gcloud login sees of these commands on a terminal, for a cluster of two nodes in the lab. Throws where
 * no systemd user manager can run.
 */
export async function linesOfSession(lab: LabFacts): Promise<readonly Line[]> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const role of ['control-plane', 'worker'] as const) {
      const node = await startLabNode('dev', lab, role);
      undo.unshift(() => node.remove());
    }
    const folder = await mkdtemp(join(tmpdir(), 'kindgcr-still-'));
    const runtimeDir = join(folder, 'run');
    const gcloud = await writeGcloud(folder, { google: await labServices(lab.services), account: 'you@example.com' });
    const extra = { XDG_RUNTIME_DIR: runtimeDir };
    const user = await newUser(lab, { path: [gcloud.dir], folders: [folder], extra });
    undo.unshift(() => user.remove());
    const manager = await startUserManager(user, runtimeDir);
    if ('obstacle' in manager) throw new Error(manager.obstacle);
    undo.unshift(() => manager.stop());
    const lines: Line[] = [];
    for (const command of COMMANDS) {
      if (lines.length > 0) lines.push([]);
      const prompt: Line = [
        { text: '$ ', style: 'dim' },
        { text: command, style: 'bold' },
      ];
      lines.push(prompt, ...(await outputOf(command, user)));
    }
    return lines;
  } finally {
    for (const step of undo) await step();
  }
}

/** A command's output on a terminal, which `script` provides. */
async function outputOf(command: string, { run }: User): Promise<readonly Line[]> {
  const { columns, rows } = SIZE;
  const inTerminal = `stty cols ${columns} rows ${rows}; TERM=xterm-256color exec ${command}`;
  const { stdout, exitCode } = await run('script', '--quiet', '--return', '--command', inTerminal, '/dev/null');
  if (exitCode !== 0) throw new Error(`${command} failed with exit code ${exitCode}:\n${stdout}`);
  return await screenAfter(stdout, SIZE);
}
