import { mkdir, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProgram } from '../support/run/run.ts';
import type { User } from './user.ts';

const SYSTEMD = '/usr/lib/systemd/systemd';

/**
 * Starts systemd's user manager with an environment as a login gives it. systemd wants to have booted the machine, and a
 * cgroup of its own: in a mount namespace it sees the first where that isn't so.
 */
const START = `
test -d /run/systemd/system || { mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system; }
mkdir -p "$1" && echo $$ > "$1/cgroup.procs"
exec env -i HOME="$HOME" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" PATH=/usr/bin:/bin SYSTEMD_LOG_TARGET=console ${SYSTEMD} --user --unit=default.target
`;

/** A user's real service manager, as on a desktop from login to logout. */
export interface UserManager {
  /** Ends it and all its services, as a logout does. */
  stop(): Promise<void>;
}

/** Logs a user in whose XDG_RUNTIME_DIR is set. Resolves with the reason where no user manager can run. */
export async function startUserManager(user: User, runtimeDir: string): Promise<UserManager | { obstacle: string }> {
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  const cgroup = join(await cgroupRoot(user), basename(user.home));
  const manager = await user.start('unshare', '--mount', 'sh', '-ec', START, 'sh', cgroup);
  if (!(await isUp(user, manager))) {
    return { obstacle: `no systemd user manager can run here: ${manager.output.trim().split('\n').at(-1)}` };
  }
  return {
    async stop() {
      await manager.stop('SIGTERM');
      await rmdir(cgroup).catch(() => {}); // what a service has left in it shows in the next test
    },
  };
}

async function isUp(user: User, manager: RunningProgram): Promise<boolean> {
  let hasEnded = false;
  void manager.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    const { exitCode } = await user.run('systemctl', '--user', 'show', '--property=Version');
    if (exitCode === 0) return true;
    await sleep(200);
  }
  return false;
}

/** Where systemd keeps its cgroups: in a hierarchy of its own with cgroup v1. */
async function cgroupRoot(user: User): Promise<string> {
  const { exitCode } = await user.run('test', '-d', '/sys/fs/cgroup/systemd');
  return exitCode === 0 ? '/sys/fs/cgroup/systemd' : '/sys/fs/cgroup';
}
