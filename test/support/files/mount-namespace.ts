import { execFileSync } from 'node:child_process';

/** Why no mount can be made here; undefined where it can: as root, in a mount namespace of its own. */
export const mountObstacle = (() => {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'mounting a file over another needs root';
  }
})();

/** The arguments of `unshare` that run a program where some shell commands have mounted things, in a process of that id. */
export function inMountNamespace(commands: string, program: readonly string[]): string[] {
  return ['--mount', 'sh', '-ec', `${commands}\nexec "$@"`, 'sh', ...program];
}
