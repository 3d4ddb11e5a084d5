import { execFileSync } from 'node:child_process';

/** Why mounting is not possible here; undefined where it is: as root, in a separate mount namespace. */
export const mountObstacle = (() => {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'mounting a file over another needs root';
  }
})();

/** The arguments of `unshare` that run shell commands (such as mounts) and then a program, in one process. */
export function inMountNamespace(commands: string, program: readonly string[]): string[] {
  return ['--mount', 'sh', '-ec', `${commands}\nexec "$@"`, 'sh', ...program];
}
