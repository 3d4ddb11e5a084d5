import type { ChildProcess } from 'node:child_process';

/** Milliseconds from SIGTERM to SIGKILL. */
const KILL_DELAY = 2000;

/** Milliseconds between checks whether all processes have exited. */
const LOOK_INTERVAL = 50;

/** Milliseconds without output after a program's exit: a pipe that is still open then is held by another process. */
const PIPE_PATIENCE = 250;

/**
 * Terminates a child process: SIGTERM, and SIGKILL soon after. With `detached`, for the leader of a process group,
 * terminates the whole group.
 */
export function endProcessGroup(child: ChildProcess, { detached }: { readonly detached: boolean }): void {
  const { pid } = child;
  if (pid === undefined || (!detached && hasEnded(child))) return; // its pid may belong to another process by now
  const send = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(detached ? -pid : pid, signal);
    } catch {
      return false; // no process left
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
 * Stops reading soon after the child's exit: pipes that are still open then are held by processes that it started. Calls
 * `stop` when a pipe was closed because the child printed too much.
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

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Stops each running child. */
const stops = new Set<() => void>();

/**
 * Forwards the signals that terminate this process: a child in a process group of its own does not get the terminal's
 * Ctrl-C. Returns a function that stops the forwarding.
 */
export function forwardSignals(stop: () => void): () => void {
  // Before the program's own handlers, since a `once` handler is no longer counted when it has been called.
  if (stops.size === 0) for (const signal of ENDING_SIGNALS) process.prependListener(signal, forward);
  stops.add(stop);
  return () => {
    stops.delete(stop);
    if (stops.size === 0) leaveSignals();
  };
}

function forward(signal: NodeJS.Signals): void {
  for (const stop of stops) stop();
  if (process.listenerCount(signal) > 1) return; // the program has its own handler
  leaveSignals();
  process.kill(process.pid, signal);
}

function leaveSignals(): void {
  for (const signal of ENDING_SIGNALS) process.removeListener(signal, forward);
}
