import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

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
