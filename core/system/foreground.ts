/** What a program in the foreground gets beside the terminal. */
export interface ForegroundOptions {
  /** What it reads on stdin; without it, this program's own stdin. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** How it ended. */
export interface ForegroundEnd {
  /** Undefined when it never ran or a signal ended it. */
  readonly exitCode: number | undefined;
  /** How it came to its end; `not-found`: there is no such program. */
  readonly ended: 'exited' | 'not-found' | 'killed';
}

/**
 * Runs a program that speaks to the person itself: its stdout and stderr are this program's own, so that it knows a
 * terminal when it has one. Does not throw for a program that fails, is missing or is killed.
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
