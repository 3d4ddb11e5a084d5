import { randomBytes } from 'node:crypto';
import { chown, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finalPath } from './final-path.ts';
import { giveToOwnerOf } from './make-private-folder.ts';

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Permission bits, in force from the first byte. */
  readonly mode: number;
  /**
   * The file is the user's: one that exists keeps its own mode and its owner, also under sudo; a new one belongs to the
   * owner of its folder.
   */
  readonly ofUser?: boolean;
}

/**
 * Replaces a file's whole content: a reader sees the old content or the new, never a part of either, also when the
 * process is killed or the disk is full. A symbolic link is followed, also a dangling one. Rejects with the system's error.
 *
 * Ours and not `write-file-atomic`, because that library makes one `write` call and ignores how much of it was taken,
 * so on a full disk it renames a cut-off file into place.
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
      await file.chmod(former === undefined ? mode : former.mode & 0o777); // the umask had its say at open
      await file.writeFile(content); // loops until every byte is taken
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
 * Removes the temporary files that a killed process has left beside a file. Only while no other process
 * is replacing the file. Never rejects.
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

/** Gives a file the owner of the one that it replaces, where the system allows it. */
async function keepOwner(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  const own = await stat(path);
  if (own.uid !== uid || own.gid !== gid) await chown(path, uid, gid).catch(() => {});
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
