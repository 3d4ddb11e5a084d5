import { HELPER_PROGRAM } from '../../../core/registry/helper-name.ts';
import { isOnPath } from '../../../core/system/programs-on-path.ts';
import type { User } from '../../../core/system/user-folders.ts';
import type { CommandContext } from '../../context.ts';

/** Whether Docker would find the helper on this user's PATH. */
export function helperIsOnPath(user: User): boolean {
  return isOnPath([user.platform === 'win32' ? `${HELPER_PROGRAM}.exe` : HELPER_PROGRAM], user);
}

/** Warns when Docker would not find the helper. */
export function warnUnlessOnPath({ log, user, programFolder }: CommandContext): void {
  if (helperIsOnPath(user)) return;
  log.warn(`${HELPER_PROGRAM} is not on PATH, so Docker will not find it; put this folder on PATH: ${programFolder}`);
}
