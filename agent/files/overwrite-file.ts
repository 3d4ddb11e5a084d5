import { type FileHandle, open, readFile, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { systemErrorCode } from '../../core/errors.ts';
import { removeLeftovers, replaceFile } from '../../core/system/replace-file.ts';
import { readStored } from './stored-json.ts';

/** Kept beside a file while it is overwritten: the old and the new bytes in base64, and the old mode. */
const JournalSchema = v.object({ before: v.string(), after: v.string(), mode: v.number() });

const BLANK = 0x20;

/**
 * Overwrites a file that can't be replaced because it is a mount. Trailing blanks are harmless in JSON: the old content is
 * padded with blanks to the new length, overwritten in one call, then truncated. On failure it rejects with the system's
 * error and the old content in place.
 *
 * The one call is not atomic. ext4, overlay and tmpfs allow reads during a write: a kubelet that reads in those
 * microseconds may get a mix of new and old content, and then has no credentials until it reads again five minutes later.
 * A program can't prevent that for a mount. `kill -9` can also stop the call between two pages of memory, so the file is
 * recovered from a journal: `undoOverwrite` restores the old content. A backup of the old content alone would not do:
 * without the new one, a half-written file can't be distinguished from one that another program has written since.
 */
export async function overwriteFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const [before, after, journal] = [await file.readFile(), Buffer.from(content), await journalOf(path)];
    await replaceFile(journal, formatJournal(before, after, (await file.stat()).mode & 0o777), { mode: 0o600 });
    try {
      await file.chmod(mode);
      await putBytes(file, after, before.length);
    } catch (error) {
      await undoOverwrite(path).catch(() => {}); // if that fails too, the journal stays for the next attempt
      throw error;
    }
    await rm(journal, { force: true });
  } finally {
    await file.close();
  }
}

/**
 * Undoes an overwrite that was interrupted; what another program has written since stays. True when the file held neither
 * the old nor the new content, so that a reader could not use it. Rejects with the system's error.
 */
export async function undoOverwrite(path: string): Promise<boolean> {
  const journalPath = await journalOf(path);
  await removeLeftovers(journalPath);
  const journal = await readStored(journalPath, JournalSchema, '').catch(() => undefined);
  let wasUnusable = false;
  if (journal !== undefined) {
    const [before, after] = [Buffer.from(journal.before, 'base64'), Buffer.from(journal.after, 'base64')];
    const found = await bytesOf(path);
    if (found !== undefined && isBetween(found, before, after)) {
      await putBack(path, before, found.length, journal.mode);
      wasUnusable = ![before, after].some((whole) => isSameButBlanks(found, whole));
    }
  }
  await rm(journalPath, { force: true });
  return wasUnusable;
}

function formatJournal(before: Buffer, after: Buffer, mode: number): string {
  return JSON.stringify({ before: before.toString('base64'), after: after.toString('base64'), mode });
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether these bytes are a mix of the two contents. */
function isBetween(found: Buffer, before: Buffer, after: Buffer): boolean {
  if (found.length < Math.min(before.length, after.length)) return false;
  if (found.length > Math.max(before.length, after.length)) return false;
  return found.every((byte, at) => byte === (before[at] ?? BLANK) || byte === (after[at] ?? BLANK));
}

function isSameButBlanks(found: Buffer, whole: Buffer): boolean {
  return found.length >= whole.length && found.every((byte, at) => byte === (whole[at] ?? BLANK));
}

async function putBack(path: string, bytes: Buffer, size: number, mode: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await putBytes(file, bytes, size);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

/** Overwrites a file of `size` bytes with this content. */
async function putBytes(file: FileHandle, content: Buffer, size: number): Promise<void> {
  await writeAll(file, Buffer.alloc(Math.max(content.length - size, 0), BLANK), size);
  await writeAll(file, Buffer.concat([content, Buffer.alloc(Math.max(size - content.length, 0), BLANK)]), 0);
  await file.truncate(content.length);
  await file.sync();
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function journalOf(path: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  return join(dirname(target), `.${basename(target)}.overwriting`);
}
