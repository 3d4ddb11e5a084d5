/** How a child process is run. */
export interface ExecOptions {
  /** Written to stdin, which is then closed; without it stdin is empty. Secrets travel here, never in `args`. */
  readonly input?: string | Uint8Array;
  /** Milliseconds until the child is killed. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
  /** Variables set on top of this process's own. Never secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps a Ctrl-C at the terminal from reaching the child: who runs it decides when it ends. Not on Windows. */
  readonly shielded?: boolean;
}

/** How a child process ended. */
export interface ExecResult {
  /** Undefined when it never ran or was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** How it came to its end; `not-found`: there is no such program. */
  readonly ended: 'exited' | 'not-found' | 'timed-out' | 'killed';
}

/** Runs a program and waits for it. Does not throw for a program that fails, is missing or is killed: read `ended`. */
export type Exec = (file: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

/** Runs programs on this machine. execa takes longer to load than most commands need: it comes with the first program. */
export const exec: Exec = async (file, args, { input, timeout, signal, env, shielded = false } = {}) => {
  const { execa } = await import('execa');
  const result = await execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    ...(env === undefined ? {} : { env }),
    // A process group of its own; on Windows that would be a window of its own.
    detached: shielded && process.platform !== 'win32',
  });
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    ended: howItEnded(result),
  };
};

function howItEnded(result: { timedOut: boolean; code?: string | undefined; exitCode?: number | undefined }) {
  if (result.timedOut) return 'timed-out';
  if (result.exitCode !== undefined) return 'exited';
  return result.code === 'ENOENT' || result.code === 'EACCES' ? 'not-found' : 'killed';
}
