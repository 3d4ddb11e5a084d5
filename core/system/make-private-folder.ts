import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { finalPath } from './final-path.ts';

/**
 * Creates a folder and its missing parents with mode 0700, whatever the umask; true if it did not exist. An existing
 * folder is left as it is: see `isPrivateFolder`. Rejects with the system's error.
 */
export async function makePrivateFolder(path: string): Promise<boolean> {
  const folder = await finalPath(path);
  const make = () => mkdir(folder, 0o700);
  try {
    await make().catch(async (error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      await makePrivateFolder(dirname(folder));
      await make();
    });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
    return false;
  }
  await chmod(folder, 0o700);
  await giveToOwnerOf(dirname(folder), folder);
  return true;
}

/** Under sudo, gives a new file to the owner of its folder. Other users can't change owners, which is fine. */
export async function giveToOwnerOf(folder: string, path: string): Promise<void> {
  const [owner, own] = await Promise.all([stat(folder), stat(path)]);
  if (owner.uid !== own.uid) await chown(path, owner.uid, owner.gid).catch(() => {});
}
