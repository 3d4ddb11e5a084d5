import { accessSync, constants } from 'node:fs';
import { basename, join } from 'node:path';
import type { User } from './user-folders.ts';

/** Whether one of these is an executable: a path, or a file name in a folder of the user's PATH. Synchronous, no library. */
export function isOnPath(names: readonly string[], { env, platform }: User): boolean {
  const folders = (env.PATH ?? '').split(platform === 'win32' ? ';' : ':').filter((folder) => folder !== '');
  return names.some((name) =>
    name === basename(name) ? folders.some((folder) => isExecutable(join(folder, name))) : isExecutable(name),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
