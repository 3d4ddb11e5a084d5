import type { ChildProcess } from 'node:child_process';

/** Milliseconds from SIGTERM to SIGKILL. */
const KILL_DELAY = 2000;

/** Milliseconds between two looks whether all has ended. */
const LOOK_INTERVAL = 50;

/** Milliseconds of silence after a program's exit, after which a pipe that is still open is held by another process. */
const PIPE_PATIENCE = 250;

/**
 * Ends a child process: SIGTERM, and SIGKILL soon after. With `detached`, for one that leads a process group of its own,
 * all that it has started ends with it.
 */
export function endProcessGroup(child: ChildProcess, { detached }: { readonly detached: boolean }): void {
  const { pid } = child;
  if (pid === undefined || (!detached && hasEnded(child))) return; // its number may be another process's by now
  const send = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(detached ? -pid : pid, signal);
    } catch {
      return false; // all of it has ended
    }
  };
  send('SIGTERM');
  const start = performance.now();
  const timer = setInterval(() => {
    const isLate = performance.now() - start >= KILL_DELAY;
    if (isLate) send('SIGKILL');
    if (isLate || !send(0)) clearInterval(timer);
  }, LOOK_INTERVAL);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/**
 * Stops reading soon after the child's exit: what holds its pipes open then is something that it has started. Calls
 * `stop` when a pipe is closed on the child, because it carried more than is read.
 */
export function leavePipes(child: ChildProcess, stop: () => void): void {
  const pipes = [child.stdout, child.stderr].filter((pipe) => pipe !== null);
  let leaving: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    leaving = setTimeout(() => {
      for (const pipe of pipes) pipe.destroy();
    }, PIPE_PATIENCE);
  });
  child.once('close', () => clearTimeout(leaving));
  for (const pipe of pipes) {
    pipe.on('data', () => leaving?.refresh());
    pipe.once('close', () => {
      if (pipe.readableAborted && !hasEnded(child)) stop();
    });
  }
}

/**
 * Passes on the signals that end this process: a child in a process group of its own does not get the Ctrl-C of a
 * terminal. Returns what ends the forwarding.
 */
export function forwardSignals(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const release = () => {
    for (const signal of signals) process.removeListener(signal, end);
  };
  const end = (signal: NodeJS.Signals) => {
    stop();
    if (process.listenerCount(signal) > 1) return; // the program itself decides when it ends
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  return release;
}
