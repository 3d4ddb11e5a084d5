import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.ts';

/**
 * Makes a folder that only this user can enter, 0700 whatever the umask, and those above it where they are missing. An
 * existing one is left as it is: see `isPrivateFolder`. Throws the system's error. Synchronous, no library.
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makePrivateFolder(dirname(path));
    makePrivateFolder(path);
    return;
  }
  chmodSync(path, 0o700);
}

/**
 * Whether a folder is this user's alone: owned by the user, 0700, no link itself, and no link of another user on the way
 * to it. Files in any other may be planted, and locks in it held by another user. Synchronous, no library.
 */
export function isPrivateFolder(path: string): boolean {
  const uid = process.getuid?.();
  try {
    const folder = lstatSync(path);
    if (!folder.isDirectory()) return false;
    if (uid === undefined) return true; // Windows: the user's profile is guarded by its own access lists
    if (folder.uid !== uid || (folder.mode & 0o077) !== 0) return false;
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      const stat = lstatSync(above);
      // A folder of another user above is common in containers; a link of theirs leads where they like.
      if (stat.isSymbolicLink() && stat.uid !== uid && stat.uid !== 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
