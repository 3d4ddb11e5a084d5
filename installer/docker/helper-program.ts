import { isOnPath as anyIsOnPath } from '../../core/system/programs-on-path.ts';
import type { Person } from '../../core/system/user-folders.ts';

/** The name that Docker runs. */
export const HELPER_PROGRAM = 'docker-credential-kindgcr';

/** Whether a program of that name would be found on this person's PATH. */
export function isOnPath(program: string, person: Person): boolean {
  return anyIsOnPath([person.platform === 'win32' ? `${program}.exe` : program], person);
}
