import type { Exec } from '../../../core/system/exec.ts';
import type { Person } from '../../../core/system/user-folders.ts';
import { launchAgent } from './launch-agent.ts';
import { systemdUserService } from './systemd-user-service.ts';
import type { UserService } from './user-service.ts';

/** The user service manager of this platform; undefined where none is supported. */
export function userService(person: Person, exec: Exec): UserService | undefined {
  if (person.platform === 'linux') return systemdUserService(person, exec);
  if (person.platform === 'darwin') return launchAgent(person, exec);
  return undefined;
}
