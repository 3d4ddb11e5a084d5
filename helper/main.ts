import { readSync, writeSync } from 'node:fs';
import { systemErrorCode } from '../core/errors.ts';
import { lineLogger } from '../core/log.ts';
import type { Mint } from './get.ts';
import { type HelperContext, serve } from './serve.ts';

/** Serves one call of `docker-credential-kindgcr` from this process's arguments, streams and environment. */
export async function main(args: readonly string[], mintFor: (context: Omit<HelperContext, 'mint'>) => Mint) {
  const err = (text: string) => void write(2, text);
  let isLost = false;
  const context = {
    user: { env: process.env, platform: process.platform },
    log: lineLogger(err, { debug: process.env.KINDGCR_DEBUG === '1' }),
    now: () => new Date(),
    readInput,
    out(text: string) {
      isLost ||= !write(1, text);
    },
    err,
  };
  const exitCode = await serve(args, { ...context, mint: mintFor(context) });
  // Fails if the answer did not reach the client. Exits at once: Docker waits for this process, which an open connection
  // would keep running.
  process.exit(isLost ? 1 : exitCode);
}

/** True if everything was written. Writes to the descriptor: creating the stream of `process.stdout` takes time. */
function write(descriptor: number, text: string): boolean {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (systemErrorCode(error) === 'EAGAIN') continue; // a full non-blocking pipe: retry until the client has read
      return false; // the client exited, or the disk of a redirection is full
    }
  }
  return true;
}

/** Bytes; the protocol's input is a line or two. Anything beyond this is ignored. */
const LONGEST_INPUT = 1024 * 1024;

/** Reads stdin, in pieces: on a non-blocking descriptor `readFileSync` would lose what it had read before EAGAIN. */
function readInput(): string {
  const pieces: Buffer[] = [];
  let size = 0;
  while (size <= LONGEST_INPUT) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    try {
      const length = readSync(0, piece);
      if (length === 0) break;
      pieces.push(piece.subarray(0, length));
      size += length;
    } catch (error) {
      if (systemErrorCode(error) !== 'EAGAIN') break; // closed stdin counts as empty
      pause(); // a non-blocking descriptor without data yet
    }
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Waits a millisecond for the writer. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
