import { randomBytes } from 'node:crypto';
import { chown, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finalPath } from './final-path.ts';
import { giveToOwnerOf } from './make-private-folder.ts';

/** Options for replacing a file. */
export interface ReplaceOptions {
  /** Permission bits, set before anything is written. */
  readonly mode: number;
  /**
   * For a user's own file: an existing one keeps its mode and owner, also under sudo; a new one gets the owner of its
   * folder.
   */
  readonly ofUser?: boolean;
}

/**
 * Replaces a file atomically: a reader sees the old content or the new, never a part, also if the process is killed or
 * the disk is full. Follows symbolic links, including dangling ones. Rejects with the system's error.
 *
 * Not `write-file-atomic`: it makes one `write` call and ignores how much was written, so on a full disk it renames a
 * truncated file into place.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, ofUser = false }: ReplaceOptions,
): Promise<void> {
  const target = await finalPath(path);
  const former = ofUser ? await stat(target).catch(() => undefined) : undefined;
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(former === undefined ? mode : former.mode & 0o777); // open applied the umask
      await file.writeFile(content); // loops until everything is written
      await file.sync();
    } finally {
      await file.close();
    }
    if (former !== undefined) await keepOwner(temporary, former);
    else if (ofUser) await giveToOwnerOf(dirname(target), temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

/**
 * Removes temporary files that a killed process left next to a file. Call it only while no other process replaces the
 * file. Never rejects.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const target = await finalPath(path).catch(() => path);
  const folder = dirname(target);
  const [start, end] = [`.${basename(target)}.`, '.tmp'];
  const isLeft = (name: string) =>
    name.startsWith(start) && name.endsWith(end) && /^[0-9a-f]{12}$/.test(name.slice(start.length, -end.length));
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isLeft)) await rm(join(folder, name), { force: true }).catch(() => {});
}

/** Gives a file the owner of the one that it replaces, if the system allows it. */
async function keepOwner(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  const own = await stat(path);
  if (own.uid !== uid || own.gid !== gid) await chown(path, uid, gid).catch(() => {});
}

/** Makes the rename durable, if the platform can. */
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
