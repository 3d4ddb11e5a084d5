import { closeSync, constants as fs, fstatSync, openSync, readSync } from 'node:fs';
import { systemErrorCode } from '../errors.ts';

/** Bytes: no key, credential, settings file or docker config is nearly as large. */
const LARGEST = 1024 * 1024;
const TOO_LARGE = 'is larger than 1 MiB';

/** A file that is not read because of what it is. */
class UnsuitableFile extends Error {
  override readonly name = 'UnsuitableFile';
}

/**
 * Reads a file that a user has named: a regular file of at most 1 MiB. A FIFO would be waited for, and a device may have
 * no end. Throws the system's error, or one that says what is wrong with the file: `whyUnreadable` words both.
 *
 * Synchronous and without a library, for the helper's hot path.
 */
export function readUserFile(path: string): Buffer {
  // Non-blocking, since opening a FIFO waits for a writer.
  const file = openSync(path, fs.O_RDONLY | (fs.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new UnsuitableFile('is a folder');
    if (!stat.isFile()) throw new UnsuitableFile('is not a regular file');
    if (stat.size > LARGEST) throw new UnsuitableFile(TOO_LARGE);
    const content = Buffer.allocUnsafe(LARGEST + 1);
    let length = 0;
    for (;;) {
      if (length > LARGEST) throw new UnsuitableFile(TOO_LARGE);
      const read = readSync(file, content, length, content.length - length, null);
      if (read === 0) return content.subarray(0, length);
      length += read;
    }
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
