/**
 * Runs a program that goes on talking, and yields its stdout line by line until it ends, whichever way, or the signal ends
 * it. A program that is missing yields nothing.
 */
export type FollowLines = (file: string, args: readonly string[], signal: AbortSignal) => AsyncIterable<string>;

/** Follows programs on this machine. */
export const followLines: FollowLines = async function* (file, args, signal) {
  const { execa } = await import('execa'); // as in exec.ts, when there is a program to run
  if (signal.aborted) return;
  const child = execa(file, args, {
    reject: false,
    buffer: false, // it may talk for months
    stdin: 'ignore',
    stderr: 'ignore',
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  try {
    yield* child.iterable({ from: 'stdout' });
  } catch {
    // How it ended is not told apart here: whoever follows begins again.
  } finally {
    child.kill();
    await child;
  }
};
