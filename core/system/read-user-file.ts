import { closeSync, constants as fs, fstatSync, openSync, readSync } from 'node:fs';
import { systemErrorCode } from '../errors.ts';

const MIB = 1024 * 1024;

/** Bytes: a docker config with the logins of a whole company is larger than any key, credential or settings file. */
export const LARGEST_DOCKER_CONFIG = 16 * MIB;

/** Bytes: the least that is read at once. */
const PIECE = 64 * 1024;

/** A file of a kind or size that is not read. */
class UnsuitableFile extends Error {
  override readonly name = 'UnsuitableFile';
}

/**
 * Reads a file that a user has named: a regular file of at most 1 MiB, or `largest` bytes. Reading a FIFO blocks, and a
 * device may never end. Throws the system's error, or one that says what is wrong with the file: `whyUnreadable` words both.
 *
 * Synchronous and without a library, for the helper's hot path.
 */
export function readUserFile(path: string, largest = MIB): Buffer {
  // Non-blocking, since opening a FIFO waits for a writer.
  const file = openSync(path, fs.O_RDONLY | (fs.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new UnsuitableFile('is a folder');
    if (!stat.isFile()) throw new UnsuitableFile('is not a regular file');
    const pieces: Buffer[] = [];
    // The size is a hint only: a file may grow, and those in /proc have none.
    for (let size = stat.size; size <= largest; ) {
      const piece = Buffer.allocUnsafe(Math.max(stat.size, PIECE));
      const read = readSync(file, piece);
      if (read === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, read));
      size = pieces.reduce((sum, { length }) => sum + length, 0);
    }
    throw new UnsuitableFile(`is larger than ${largest / MIB} MiB`);
  } finally {
    closeSync(file);
  }
}

/** Why a file could not be read, as the end of a sentence that begins with its name: `does not exist`. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof UnsuitableFile) return error.message;
  const code = systemErrorCode(error);
  return code === 'ENOENT' ? 'does not exist' : `can't be read (${code ?? 'unknown error'})`;
}
