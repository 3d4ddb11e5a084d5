import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFailure, KindGcrError } from '../../core/errors.ts';
import { finalPath } from '../../core/system/final-path.ts';
import { giveToOwnerOf, makePrivateFolder } from '../../core/system/make-private-folder.ts';
import { removeLeftovers } from '../../core/system/replace-file.ts';
import { stateFolder, type User } from '../../core/system/user-folders.ts';

/** Milliseconds to wait for another kindgcr that is changing the same file. */
const PATIENCE = 30_000;

/**
 * Changes files of the user while no other kindgcr does; leftovers of one that was killed are removed first.
 * The locks are in kindgcr's own folder, so that none is left next to the files. Throws BUSY, FILE_FAILED.
 */
export async function whileLocked<T>(paths: readonly string[], user: User, change: () => Promise<T>): Promise<T> {
  const folder = lockFolder(user);
  const releases: (() => void)[] = [];
  try {
    // Always in the same order, against deadlocks.
    const locks = new Map((await Promise.all(paths.map(nameOf))).map((name, index) => [name, paths[index] ?? name]));
    for (const name of [...locks.keys()].sort()) {
      releases.push(await take(folder, name, locks.get(name) ?? name));
    }
    for (const path of paths) await removeLeftovers(path);
    return await change();
  } finally {
    for (const release of releases) release();
  }
}

/** Where the locks are. */
export function lockFolder(user: User): string {
  return join(stateFolder(user), 'locks');
}

async function nameOf(path: string): Promise<string> {
  const real = await finalPath(path).catch(() => path);
  return createHash('sha256').update(real).digest('hex').slice(0, 32);
}

async function take(folder: string, name: string, path: string): Promise<() => void> {
  const { takeLock } = await import('../../core/system/lock.ts'); // SQLite is loaded for changes alone
  const lock = join(folder, name);
  let release: (() => void) | undefined;
  try {
    await makePrivateFolder(folder);
    await (await open(lock, 'a', 0o600)).close();
    await giveToOwnerOf(folder, lock);
    release = await takeLock(lock, { patience: PATIENCE });
  } catch (error) {
    throw fileFailure(lock, 'written', error);
  }
  if (release !== undefined) return release;
  throw new KindGcrError('BUSY', `another kindgcr has been changing ${path} for ${PATIENCE / 1000} s`, {
    hint: 'Wait for it to finish, or stop it: ps -ef | grep kindgcr',
  });
}
