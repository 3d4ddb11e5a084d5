import { type FileHandle, open, readFile, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { systemErrorCode } from '../../core/errors.ts';
import { removeLeftovers, replaceFile } from '../../core/system/replace-file.ts';
import { readStored } from './stored-json.ts';

/** What lies beside a file while it is overwritten: the bytes of before and after, in base64, and the mode of before. */
const JournalSchema = v.object({ before: v.string(), after: v.string(), mode: v.number() });

const BLANK = 0x20;

/**
 * Overwrites a file that can't be replaced, since it is a mount. Trailing blanks are no harm in JSON: the old content is
 * made as long as the new by blanks, then overwritten in one call, then cut to length. Rejects with the system's error,
 * and with the old content in place.
 *
 * That one call is not one step for others. ext4, overlay and tmpfs let readers in while they write: who reads in those
 * microseconds can get a part of the new content and the rest of the old, and a kubelet that does so may have no credentials
 * until it looks again, five minutes later. Nothing that a program can do with a mount prevents that. And `kill -9` takes
 * effect between two pages of memory. That is healed by a journal: `undoOverwrite` brings the old content back.
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
      await undoOverwrite(path).catch(() => {}); // where that fails, too, the journal stays for the next try
      throw error;
    }
    await rm(journal, { force: true });
  } finally {
    await file.close();
  }
}

/**
 * Undoes an overwriting that was cut short; what another hand has written since stays. True when neither the content of
 * before nor that of after was there whole, so that a reader has found nothing of use. Rejects with the system's error.
 */
export async function undoOverwrite(path: string): Promise<boolean> {
  const journalPath = await journalOf(path);
  await removeLeftovers(journalPath);
  const journal = await readStored(journalPath, JournalSchema, '').catch(() => undefined);
  let wasCutShort = false;
  if (journal !== undefined) {
    const [before, after] = [Buffer.from(journal.before, 'base64'), Buffer.from(journal.after, 'base64')];
    const found = await bytesOf(path);
    if (found !== undefined && isBetween(found, before, after)) {
      await putBack(path, before, found.length, journal.mode);
      wasCutShort = ![before, after].some((whole) => isSameButBlanks(found, whole));
    }
  }
  await rm(journalPath, { force: true });
  return wasCutShort;
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

/** Whether these are the bytes of a file on its way from one content to the other. */
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

/** Brings a file of `size` bytes to this content. */
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
