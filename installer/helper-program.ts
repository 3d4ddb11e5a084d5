import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Person } from '../core/system/user-folders.ts';

/** The name that Docker runs. */
export const HELPER_PROGRAM = 'docker-credential-kindgcr';

/** Whether a program of that name would be found on this person's PATH. */
export function isOnPath(program: string, { env, platform }: Person): boolean {
  const name = platform === 'win32' ? `${program}.exe` : program;
  return (env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
