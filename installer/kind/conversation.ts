import { PassThrough } from 'node:stream';
import type { ExecOptions, ExecResult } from '../../core/system/exec.ts';

/** A command that has answered and waits for what it should do next. */
export interface Conversation {
  /** The first line of its stdout. */
  readonly answer: string;
  /**
   * Sends it the rest of its stdin, and waits for its exit, that many milliseconds at most. The result's stdout is what follows
   * the answer. Without a text, or when this program ends, the command reads the end of its stdin.
   */
  finish(text: string, timeout: number): Promise<ExecResult>;
}

/**
 * Starts a command with that line as the beginning of its stdin. Resolves when it has answered with a line of its own, or, with
 * its result, when it exits without one.
 */
export async function startConversation(
  exec: (options: ExecOptions) => Promise<ExecResult>,
  line: string,
  timeout: number,
): Promise<Conversation | ExecResult> {
  const stdin = new PassThrough();
  const limit = new AbortController();
  let timer = setTimeout(() => limit.abort(), timeout);
  const answer = Promise.withResolvers<string>();
  let stdout = Buffer.alloc(0);
  const onOutput = (piece: Uint8Array) => {
    stdout = Buffer.concat([stdout, piece]);
    const end = stdout.indexOf('\n');
    if (end !== -1) answer.resolve(stdout.toString('utf8', 0, end));
  };
  const exit = exec({ input: stdin, onOutput, signal: limit.signal }).then((result): ExecResult => {
    clearTimeout(timer);
    return limit.signal.aborted ? { ...result, ended: 'timed-out' } : result;
  });
  stdin.write(`${line}\n`);
  const first = await Promise.race([answer.promise, exit]);
  if (typeof first !== 'string') return first;
  clearTimeout(timer);
  return {
    answer: first,
    async finish(text, patience) {
      timer = setTimeout(() => limit.abort(), patience);
      stdin.end(text);
      const result = await exit;
      return { ...result, stdout: result.stdout.slice(first.length + 1) };
    },
  };
}
