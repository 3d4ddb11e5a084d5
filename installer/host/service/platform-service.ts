import type { Exec } from '../../../core/system/exec.ts';
import type { User } from '../../../core/system/user-folders.ts';
import { launchAgent } from './launch-agent.ts';
import { systemdUserService } from './systemd-user-service.ts';
import type { UserService } from './user-service.ts';

/** The user service manager of this platform; undefined where none is supported. */
export function userService(user: User, exec: Exec): UserService | undefined {
  if (user.platform === 'linux') return systemdUserService(user, exec);
  if (user.platform === 'darwin') return launchAgent(user, exec);
  return undefined;
}
