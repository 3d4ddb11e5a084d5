import type { Exec } from '../core/system/exec.ts';
import type { Person } from '../core/system/user-folders.ts';
import { launchAgent } from './launch-agent.ts';
import { systemdUserService } from './systemd-user-service.ts';

/** What a background service runs, and with which variables. */
export interface ServiceProgram {
  /** Absolute program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a background service fares. */
export interface ServiceState {
  readonly installed: boolean;
  readonly running: boolean;
  /** How to see what it says. */
  readonly logs: string;
}

/** A manager of background services that belong to a person, without any rights of root. */
export interface UserService {
  /** The file that tells the manager of the service. */
  readonly file: string;
  /** Writes the file and starts the service, now and at each login. Nothing is left behind when that fails. Throws SERVICE_FAILED. */
  install(program: ServiceProgram): Promise<void>;
  /** Stops the service and removes the file; true when there was one. Throws SERVICE_FAILED. */
  uninstall(): Promise<boolean>;
  state(): Promise<ServiceState>;
}

/** The service manager of this person's platform; undefined where there is none that we know. */
export function userService(person: Person, exec: Exec): UserService | undefined {
  if (person.platform === 'linux') return systemdUserService(person, exec);
  if (person.platform === 'darwin') return launchAgent(person, exec);
  return undefined;
}
