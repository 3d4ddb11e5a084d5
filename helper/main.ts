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
    person: { env: process.env, platform: process.platform },
    log: lineLogger(err, { debug: process.env.KINDGCR_DEBUG === '1' }),
    now: () => new Date(),
    readInput,
    out(text: string) {
      isLost ||= !write(1, text);
    },
    err,
  };
  const exitCode = await serve(args, { ...context, mint: mintFor(context) });
  // An answer that did not reach the client is no success. Exits at once: Docker waits for the end of this process,
  // whatever connection is still open.
  process.exit(isLost ? 1 : exitCode);
}

/** True when all of it was written. Straight to the descriptor: `process.stdout` costs a stream that one line has no need of. */
function write(descriptor: number, text: string): boolean {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (systemErrorCode(error) === 'EAGAIN') continue; // a full pipe that does not block: its reader is at work
      return false; // the client has gone, or the disk behind a redirection is full
    }
  }
  return true;
}

/** Bytes; what the protocol asks is a line or two. Of what goes on for ever the rest is left. */
const LONGEST_INPUT = 1024 * 1024;

/** All of stdin. Piece by piece: after a pause in it, `readFileSync` would begin anew and lose what it had. */
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
      if (systemErrorCode(error) !== 'EAGAIN') break; // closed stdin: the same as nothing said
      pause(); // nothing there yet on a descriptor that does not block
    }
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Lets the writer work, for a millisecond. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
