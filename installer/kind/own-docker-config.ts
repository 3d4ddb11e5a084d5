import { stat } from 'node:fs/promises';
import { join, normalize, relative, resolve } from 'node:path';
import { KindGcrError } from '../../core/errors.ts';
import { nodeLayout } from '../../core/node/layout.ts';
import { dockerConfigFiles, type User } from '../../core/system/user-folders.ts';
import type { NodeMount } from './kind-config.ts';

/**
 * Throws CONFIG_INVALID when nodes see a docker config of the user as the kubelet's: the agent would write the nodes'
 * credentials into it. `origin` names what mounts it.
 */
export async function refuseOwnDockerConfig(mounts: readonly NodeMount[], origin: string, user: User): Promise<void> {
  const seen = nodeLayout().kubeletDockerConfig;
  for (const { hostPath, containerPath } of mounts) {
    const below = relative(normalize(containerPath), seen);
    if (below.startsWith('..')) continue;
    const file = join(resolve(hostPath), below);
    const own = await Promise.all(dockerConfigFiles(user).map((path) => isSameFile(path, file)));
    // An engine in a virtual machine names the file by its path in there: /host_mnt/Users/….
    if (!own.includes(true) && !file.endsWith('/.docker/config.json')) continue;
    throw new KindGcrError('CONFIG_INVALID', `${origin} mounts a docker config of this machine, ${file}, as ${seen}`, {
      hint: "kindgcr would write the nodes' credentials into it. Remove that mount, or mount a copy of the file.",
    });
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  if (resolve(one) === other) return true;
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
