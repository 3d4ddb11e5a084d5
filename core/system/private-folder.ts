import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether only this user can access a folder: owned by the user, mode 0700, not a link, and not reached through a link of
 * another user. In any other folder, another user could plant files or hold locks. Synchronous, no library.
 */
export function isPrivateFolder(path: string): boolean {
  const uid = process.getuid?.();
  try {
    const folder = lstatSync(path);
    if (!folder.isDirectory()) return false;
    if (uid === undefined) return true; // Windows: access lists protect the user's profile
    if (folder.uid !== uid || (folder.mode & 0o077) !== 0) return false;
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      const stat = lstatSync(above);
      // Parents of another user are common in containers, but another user's link can lead anywhere.
      if (stat.isSymbolicLink() && stat.uid !== uid && stat.uid !== 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
