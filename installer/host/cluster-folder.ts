import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder, type User } from '../../core/system/user-folders.ts';

/** A folder of this machine that nodes of one cluster mount folders of; each way of install has its own in it. */
export interface ClusterFolder {
  readonly path: string;
  /** Removes these files and folders in it, and the folder itself when nothing else is left in it. */
  remove(...names: readonly string[]): Promise<void>;
}

/** The folder of a cluster; it need not exist yet. */
export function clusterFolder(cluster: string, user: User): ClusterFolder {
  const path = join(stateFolder(user), 'clusters', `of-${encodeURIComponent(cluster)}`);
  return {
    path,
    async remove(...names) {
      await Promise.all(names.map((name) => rm(join(path, name), { recursive: true, force: true })));
      await rmdir(path).catch(() => {}); // what another way has in it stays
    },
  };
}
