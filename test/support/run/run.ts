import { join } from 'node:path';
import { execa, type Options } from 'execa';

/** The top folder of the checkout. */
export const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** How a program is started. */
export interface RunOptions {
  /** The whole environment of the program: nothing is inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What is typed or piped in; without it stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Milliseconds until the program is killed, so that a hanging one fails its test; default one minute. */
  readonly timeout?: number;
}

/** What a user would see of it. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when it was killed by a signal. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
}

/** A program that keeps running. */
export interface RunningProgram {
  readonly pid: number;
  /** Everything it has printed on stdout and stderr so far, in the order of arrival. */
  readonly output: string;
  /** Resolves with the output when it matches; rejects, quoting the output, when the program exits before that. */
  prints(pattern: RegExp): Promise<string>;
  /** Sends a signal, SIGTERM by default, and waits for the exit. */
  stop(signal?: NodeJS.Signals): Promise<RunResult>;
  /** The result after its exit. */
  readonly ended: Promise<RunResult>;
}

/** Runs a program until it exits. Throws only when it can't be started at all. */
export async function run(file: string, args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
  return result(await execa(file, args, { timeout: 60_000, ...execaOptions(options) }), file);
}

/** Awaits a program that must succeed; otherwise throws an error with the last lines of its output. */
export async function mustSucceed(running: Promise<RunResult>): Promise<RunResult> {
  const result = await running;
  if (result.exitCode !== 0) throw new Error(`exit code ${result.exitCode}: ${result.stderr.slice(-2000)}`);
  return result;
}

/** Runs a TypeScript file of the checkout, by its path from the top (`scripts/build.ts`), with the Node that runs the tests. */
export function runScript(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
  return run(process.execPath, [join(REPOSITORY, script), ...args], options);
}

/** Starts a program that keeps running: a daemon, a watcher. The caller stops it. */
export async function start(
  file: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<RunningProgram> {
  const child = execa(file, args, { ...execaOptions(options), all: true, buffer: true });
  let output = '';
  let isOver = false;
  let look = () => {};
  child.all.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    look();
  });
  const ended = child.then((end) => {
    isOver = true;
    look();
    return result(end, file);
  });
  ended.catch(() => {}); // callers that await it still see the error; otherwise it must not be an unhandled rejection
  if (child.pid === undefined) {
    await ended;
    throw new Error(`${file} did not start`);
  }
  return {
    pid: child.pid,
    ended,
    get output() {
      return output;
    },
    prints(pattern) {
      return new Promise((resolve, reject) => {
        const before = look;
        look = () => {
          before();
          if (pattern.test(output)) resolve(output);
          else if (isOver) reject(new Error(`${file} exited before it printed ${pattern}:\n${output}`));
        };
        look();
      });
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

function execaOptions({ env = {}, input, cwd, timeout }: RunOptions) {
  return {
    env,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    forceKillAfterDelay: 60_000, // a busy machine takes its time to end a program
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeout === undefined ? {} : { timeout }),
  } as const satisfies Options;
}

function result(
  end: {
    readonly stdout: string;
    readonly stderr: string;
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    readonly timedOut: boolean;
    readonly cause?: unknown;
  },
  file: string,
): RunResult {
  const { stdout, stderr, exitCode, signal, timedOut } = end;
  if (exitCode === undefined && signal === undefined && !timedOut) {
    throw new Error(`${file} could not be started`, { cause: end.cause });
  }
  return { stdout, stderr, exitCode, signal: isSignal(signal) ? signal : undefined, timedOut };
}

function isSignal(signal: string | undefined): signal is NodeJS.Signals {
  return signal !== undefined;
}
