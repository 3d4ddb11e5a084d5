import type { Readable } from 'node:stream';
import { endProcessGroup, forwardSignals, leavePipes } from './process-group.ts';

/** How a child process is run. */
export interface ExecOptions {
  /** Written to stdin, which is closed at its end. Without it stdin is empty. Secrets travel here, never in `args`. */
  readonly input?: string | Uint8Array | Readable;
  /** Called with each piece of stdout as it arrives. */
  readonly onOutput?: (piece: Uint8Array) => void;
  /** Milliseconds after which the child and every process that it started are killed. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
  /** Variables set on top of this process's own. Never secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps a Ctrl-C at the terminal from reaching the child: the caller decides when to stop it. Not on Windows. */
  readonly shielded?: boolean;
  /** Characters of stdout, and of stderr, after which the child is killed. */
  readonly maxOutput?: number;
}

/** The result of a child process. */
export interface ExecResult {
  /** Undefined if it never ran or was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** `not-found`: no such program; `too-much-output`: killed because it printed more than `maxOutput`. */
  readonly ended: 'exited' | 'not-found' | 'timed-out' | 'too-much-output' | 'killed';
}

/** Runs a program and waits for it. Does not throw for a program that fails, is missing or is killed: read `ended`. */
export type Exec = (file: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

/** Characters: the limit for a program that prints one JSON document. */
export const MAX_JSON_OUTPUT = 1024 * 1024;

/** The limit for everything else: the images of a node, the objects of a cluster. */
const MAX_OUTPUT = 32 * MAX_JSON_OUTPUT;

/** Milliseconds: the longest possible timer, 24 days. */
const NEVER = 2 ** 31 - 1;

/** Runs programs on this machine. execa is slow to load, so it is loaded with the first program. */
export const exec: Exec = async (file, args, options = {}) => {
  const { input, onOutput, timeout, signal, env, shielded = false, maxOutput = MAX_OUTPUT } = options;
  const { execa } = await import('execa');
  // In a process group of its own, so that a timeout kills all of it; on Windows this would open a window.
  const detached = (shielded || timeout !== undefined) && process.platform !== 'win32';
  const running = execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(env === undefined ? {} : { env }),
    maxBuffer: maxOutput,
    detached,
  });
  const child = running.nodeChildProcess;
  const stop = () => endProcessGroup(child, { detached });
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    stop();
  }, timeout ?? NEVER);
  const release = detached && !shielded ? forwardSignals(stop) : () => {};
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  leavePipes(child, stop);
  if (onOutput !== undefined) child.stdout?.on('data', onOutput);
  try {
    const result = await running;
    const { exitCode, stdout, stderr } = result;
    return { exitCode, stdout, stderr, ended: timedOut ? 'timed-out' : howItEnded(result) };
  } finally {
    clearTimeout(limit);
    release();
    signal?.removeEventListener('abort', stop);
  }
};

function howItEnded(result: {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly isMaxBuffer: boolean;
}): ExecResult['ended'] {
  const { code, exitCode, isMaxBuffer } = result;
  if (isMaxBuffer) return 'too-much-output';
  if (exitCode !== undefined) return 'exited';
  return code === 'ENOENT' || code === 'EACCES' ? 'not-found' : 'killed';
}
