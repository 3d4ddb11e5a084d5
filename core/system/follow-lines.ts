/**
 * Runs a program and yields its stdout line by line until it exits or the signal stops it. A missing program yields
 * nothing.
 */
export type FollowLines = (file: string, args: readonly string[], signal: AbortSignal) => AsyncIterable<string>;

/** Follows programs on this machine. */
export const followLines: FollowLines = async function* (file, args, signal) {
  const { execa } = await import('execa'); // as in exec.ts, when there is a program to run
  if (signal.aborted) return;
  const child = execa(file, args, {
    reject: false,
    buffer: false, // it may run for months
    stdin: 'ignore',
    stderr: 'ignore',
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  try {
    yield* child.iterable({ from: 'stdout' });
  } catch {
    // The caller starts it again, however it exited.
  } finally {
    child.kill();
    await child;
  }
};
