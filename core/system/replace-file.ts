import { randomBytes } from 'node:crypto';
import { open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Permission bits, in force from the first byte. */
  readonly mode: number;
}

/**
 * Replaces a file's whole content: a reader sees the old content or the new, never a part of either, also when the
 * process is killed or the disk is full. A symbolic link is followed. Rejects with the system's error.
 *
 * Ours and not `write-file-atomic`, because that library makes one `write` call and ignores how much of it was taken,
 * so on a full disk it renames a cut-off file into place.
 */
export async function replaceFile(path: string, content: string | Uint8Array, { mode }: ReplaceOptions): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode); // the umask had its say at open
      await file.writeFile(content); // loops until every byte is taken
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

/**
 * Removes the temporary files that a killed process has left beside a file. Only for who knows that nobody else is
 * replacing the file at this moment. Never rejects: it is tidying.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const folder = dirname(target);
  const [start, end] = [`.${basename(target)}.`, '.tmp'];
  const isLeft = (name: string) =>
    name.startsWith(start) && name.endsWith(end) && /^[0-9a-f]{12}$/.test(name.slice(start.length, -end.length));
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isLeft)) await rm(join(folder, name), { force: true }).catch(() => {});
}

/** Makes the rename itself survive a power cut, where the platform can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows can't open a folder, and some network file systems refuse to sync one; the content itself is safe.
  }
}
