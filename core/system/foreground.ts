/** Options for a program in the foreground. */
export interface ForegroundOptions {
  /** What it reads on stdin; without it, this program's own stdin. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** The result of a program in the foreground. */
export interface ForegroundEnd {
  /** Undefined if it never ran or was killed. */
  readonly exitCode: number | undefined;
  /** `not-found`: no such program. */
  readonly ended: 'exited' | 'not-found' | 'killed';
}

/**
 * Runs a program that talks to the user directly: it inherits stdout and stderr, and so detects a terminal. Does not throw for a program that fails, is missing or is killed.
 */
export type Foreground = (file: string, args: readonly string[], options?: ForegroundOptions) => Promise<ForegroundEnd>;

/** Runs programs in the foreground of this terminal. */
export const foreground: Foreground = async (file, args, { input, signal } = {}) => {
  const { execa } = await import('execa'); // as in exec.ts, when there is a program to run
  const { exitCode, code } = await execa(file, args, {
    reject: false,
    stdout: 'inherit',
    stderr: 'inherit',
    ...(input === undefined ? { stdin: 'inherit' as const } : { input }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (exitCode !== undefined) return { exitCode, ended: 'exited' };
  return { exitCode, ended: code === 'ENOENT' || code === 'EACCES' ? 'not-found' : 'killed' };
};
