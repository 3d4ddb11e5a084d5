import type { CommandContext } from '../context.ts';
import { readSettings } from '../host/settings.ts';
import type { KindContainer } from '../kind/containers.ts';
import { type MountedFolder, mountedFolder } from '../ways/mounted-config/folder.ts';
import type { ItemSource } from './refresher.ts';
import type { SharedLogin } from './shared-login.ts';

/** What looking after mounted configs needs. */
export interface MountedContext extends Pick<CommandContext, 'user' | 'now' | 'log'> {
  /** All of kind's containers. Throws when the engine does not answer. */
  readonly containers: () => Promise<readonly KindContainer[]>;
  readonly freshLogin: SharedLogin;
}

/** The configs that nodes of existing clusters mount. A cluster that was deleted leaves no login behind. */
export function mountedItems(context: MountedContext): ItemSource {
  const { user, containers } = context;
  return {
    name: 'mounted configs',
    async items() {
      const { ways = {} } = await readSettings(user);
      const clusters = Object.keys(ways).filter((cluster) => ways[cluster] === 'mounted-config');
      if (clusters.length === 0) return [];
      const existing = new Set((await containers()).map(({ cluster }) => cluster));
      for (const cluster of clusters) if (!existing.has(cluster)) await mountedFolder(cluster, user).empty();
      return clusters
        .filter((cluster) => existing.has(cluster))
        .map((cluster) => {
          const folder = mountedFolder(cluster, user);
          return {
            key: cluster,
            name: `the mounted config of "${cluster}"`,
            reconcile: () => renew(cluster, folder, context),
            lookBy: async () => expiryOf(folder),
          };
        });
    },
  };
}

async function renew(cluster: string, folder: MountedFolder, { now, log, freshLogin }: MountedContext): Promise<Date> {
  const before = await folder.times();
  if (before !== undefined && new Date(before.renewAt) > now()) return new Date(before.renewAt);
  try {
    const { login, account } = await freshLogin();
    const { expiresAt, renewAt } = await folder.write(login, now());
    log.info('renewed a mounted config', { cluster, account, expiresAt });
    return new Date(renewAt);
  } catch (error) {
    // An expired login would keep the kubelet from pulling public images, too.
    if (before !== undefined && new Date(before.expiresAt) <= now()) await folder.empty();
    throw error;
  }
}

async function expiryOf(folder: MountedFolder): Promise<Date | undefined> {
  const times = await folder.times();
  return times && new Date(times.expiresAt);
}
