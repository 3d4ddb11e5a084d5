import { CommanderError } from 'commander';
import { KindGcrError } from '../../../core/errors.ts';
import { lineLogger } from '../../../core/log.ts';
import type { Env } from '../../../core/system/user-folders.ts';
import { program } from '../../../installer/program.ts';

/** What a command printed, and its error. */
export interface CommandOutcome {
  readonly stdout: string;
  /** Warnings and progress; the error's sentence and hint are in `error`. */
  readonly stderr: string;
  readonly error: KindGcrError | CommanderError | undefined;
}

/** Runs `kindgcr` commands in the test's own process, for a user with that home folder and no programs installed. */
export function commandLine(home: string, env: Env = {}): (...args: string[]) => Promise<CommandOutcome> {
  return async (...args) => {
    let stdout = '';
    let stderr = '';
    const log = lineLogger(
      (line) => {
        stderr += line;
      },
      { debug: false },
    );
    const context = {
      user: { env: { HOME: home, ...env }, platform: 'linux' as const },
      exec: async () => ({ exitCode: undefined, stdout: '', stderr: '', ended: 'not-found' as const }),
      out: (text: string) => {
        stdout += text;
      },
      log,
      lastingLog: async () => log,
      terminal: {
        verbosity: 'normal' as const,
        log,
        isLive: false,
        stderr: process.stderr,
        whileHolding: <T>(work: () => Promise<T>) => work(),
        paint: (_style: string, text: string) => text,
      },
      foreground: async () => ({ exitCode: undefined, ended: 'not-found' as const }),
      followLines: async function* () {},
      stdin: async () => '',
      signal: new AbortController().signal,
      whileHalfDone: <T>(_leftover: string, work: () => Promise<T>) => work(),
      now: () => new Date(),
      command: ['/opt/kindgcr/kindgcr'],
      programFolder: '/opt/kindgcr',
      agentFolders: ['/opt/kindgcr'],
    };
    try {
      await program(context).parseAsync(args, { from: 'user' });
      return { stdout, stderr, error: undefined };
    } catch (error) {
      if (error instanceof KindGcrError || error instanceof CommanderError) return { stdout, stderr, error };
      throw error;
    }
  };
}
