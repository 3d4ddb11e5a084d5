import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Person } from './user-folders.ts';

/** Whether one of these file names is an executable in a folder of this person's PATH. Synchronous, no library. */
export function isOnPath(names: readonly string[], { env, platform }: Person): boolean {
  const folders = (env.PATH ?? '').split(platform === 'win32' ? ';' : ':').filter((folder) => folder !== '');
  return folders.some((folder) => names.some((name) => isExecutable(join(folder, name))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
