import { PassThrough } from 'node:stream';
import type { ExecOptions, ExecResult } from '../../core/system/exec.ts';

/** A running command that has printed its first line and reads on from stdin. */
export interface Conversation {
  /** The first line of its stdout. */
  readonly answer: string;
  /**
   * Writes the rest of its stdin, closes it and waits for the command to exit, for `timeout` milliseconds at most. The result's
   * stdout is what follows the answer. When this process exits without a call, the command reads EOF.
   */
  finish(text: string, timeout: number): Promise<ExecResult>;
}

/**
 * Starts a command and writes a line to its stdin. Resolves when the command has printed a line, or with its result if it exits
 * or exceeds `timeout` milliseconds before that.
 */
export async function startConversation(
  exec: (options: ExecOptions) => Promise<ExecResult>,
  line: string,
  timeout: number,
): Promise<Conversation | ExecResult> {
  const stdin = new PassThrough();
  const limit = new AbortController();
  const answer = Promise.withResolvers<string>();
  let stdout = Buffer.alloc(0);
  const onOutput = (piece: Uint8Array) => {
    stdout = Buffer.concat([stdout, piece]);
    const end = stdout.indexOf('\n');
    if (end !== -1) answer.resolve(stdout.toString('utf8', 0, end));
  };
  const exit = exec({ input: stdin, onOutput, signal: limit.signal }).then(
    (result): ExecResult => (limit.signal.aborted ? { ...result, ended: 'timed-out' } : result),
  );
  const within = async <T>(milliseconds: number, work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => limit.abort(), milliseconds);
    return await work.finally(() => clearTimeout(timer));
  };
  stdin.write(`${line}\n`);
  const first = await within(timeout, Promise.race([answer.promise, exit]));
  if (typeof first !== 'string') return first;
  return {
    answer: first,
    async finish(text, patience) {
      stdin.end(text);
      const result = await within(patience, exit);
      return { ...result, stdout: result.stdout.slice(first.length + 1) };
    },
  };
}
