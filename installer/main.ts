import { dirname, join } from 'node:path';
import { isSea } from 'node:sea';
import { text } from 'node:stream/consumers';
import { CommanderError } from 'commander';
import { EXIT_CODES, KindGcrError, ProgramFailed } from '../core/errors.ts';
import { checkPathVariables } from '../core/google/choice/credential-path.ts';
import { redactValues } from '../core/redact.ts';
import { exec } from '../core/system/exec.ts';
import { followLines } from '../core/system/follow-lines.ts';
import { foreground } from '../core/system/foreground.ts';
import { onLostOutput } from '../core/system/write-errors.ts';
import { toldExec } from './cli/logged-exec.ts';
import { terminal } from './cli/terminal.ts';
import type { CommandContext } from './context.ts';
import { program } from './program.ts';
import { agentFolders } from './ways/agent/executable.ts';

/** What `kindgcr` alone prints on a terminal. */
const FIRST_STEPS = `kindgcr lets your Docker and your kind clusters pull private images from Google's registries.
Start with: kindgcr install --name CLUSTER, for a cluster that exists, or: kindgcr create cluster
Then: kindgcr status; when a pull fails: kindgcr doctor; everything else: kindgcr help
`;

/** Runs `kindgcr` from this process's streams and environment; sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  let leftover: string | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted && signal === 'SIGINT') {
      if (leftover !== undefined) process.stderr.write(`\nstopped at once: ${leftover}\n`);
      process.exit(EXIT_CODES.INTERRUPTED);
    }
    if (signal === 'SIGINT') process.stderr.write('\nstopping; press Ctrl-C again to stop at once\n');
    interrupt.abort(
      new KindGcrError('INTERRUPTED', 'stopped', { hint: 'Rolled back. Run it again when you are ready.' }),
    );
  };
  onLostOutput(process, (code) => {
    process.exitCode ||= report(
      new KindGcrError('FILE_FAILED', `the output can't be written (${code})`, {
        hint: 'Make room where it goes: df -h',
      }),
      args,
    );
  });
  // Not `once`: libraries that clean up at exit kill the process themselves when there is no other listener.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const programFolder = dirname(isSea() ? process.execPath : import.meta.filename);
  const debug = process.env.KINDGCR_DEBUG === '1';
  const screen = terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env });
  const context: CommandContext = {
    user: { env: process.env, platform: process.platform },
    exec: toldExec(exec, screen.log),
    foreground,
    followLines,
    stdin: () => text(process.stdin),
    out: (text) => process.stdout.write(text),
    log: screen.log,
    terminal: screen,
    lastingLog: async () => {
      if (process.stdout.isTTY) return screen.log;
      const { journal, journalFormat } = await import('../core/journal.ts');
      const isVerbose = debug || screen.verbosity === 'verbose';
      const level = screen.verbosity === 'quiet' ? 'warn' : isVerbose ? 'debug' : 'info';
      return journal({ format: journalFormat(process.env), level, output: process.stdout });
    },
    signal: interrupt.signal,
    async whileHalfDone(words, work) {
      const before = leftover;
      leftover = words;
      try {
        return await work();
      } finally {
        leftover = before;
      }
    },
    now: () => new Date(),
    command: isSea() ? [join(programFolder, 'kindgcr')] : [process.execPath, process.argv[1] ?? ''],
    programFolder,
    agentFolders: agentFolders(programFolder, { isExecutable: isSea() }),
  };
  try {
    if (args.length === 0 && process.stdout.isTTY) return void process.stdout.write(FIRST_STEPS);
    checkPathVariables(process.env);
    await program(context, args).parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = report(error, args);
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

/** Prints an error and returns the exit code for it. */
function report(error: unknown, args: readonly string[]): number {
  const write = (text: string) => process.stderr.write(redactValues(text, args));
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.USAGE; // commander has printed it
  if (error instanceof ProgramFailed) return error.exitCode;
  if (error instanceof KindGcrError) {
    write(`error: ${error.message}\n`);
    write(`hint: ${error.hint}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  write(`This is a bug in kindgcr, please report it:\n${stack}\n`);
  return 1;
}
