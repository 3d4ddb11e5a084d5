import { rm } from 'node:fs/promises';
import { cacheFolder, type User } from '../../core/system/user-folders.ts';
import { withoutClusters } from './cluster-ways.ts';
import { unregisterHelper } from './docker/helper-registration.ts';
import { changeSettings, type Settings } from './settings.ts';
import { trustFolder } from './trusted-registries.ts';
import { lockFolder } from './user-file-lock.ts';

interface ForgetOptions {
  readonly user: User;
  /** Receives what was done, a line each. */
  readonly tell: (line: string) => void;
  /** Whether all settings and cached tokens go, too. */
  readonly purge: boolean;
}

/**
 * Removes clusters from the settings; after the last one also the registered helper and trusted certificates. Throws
 * CONFIG_INVALID, FILE_FAILED, BUSY.
 */
export async function forgetClusters(
  cleaned: readonly string[],
  left: readonly string[],
  { user, tell, purge }: ForgetOptions,
): Promise<void> {
  if (left.length > 0) {
    await changeSettings(user, (settings, write) => write(withoutClusters(settings, cleaned)));
    tell(`Docker keeps asking kindgcr, because it is still installed in: ${left.join(', ')}\n`);
    return;
  }
  const remaining = (settings: Settings): Settings => {
    if (purge) return { clusters: [], docker: {} };
    const { source: _source, keyfile: _keyfile, fromDocker: _, ...others } = withoutClusters(settings, cleaned);
    return others;
  };
  await rm(trustFolder(user), { recursive: true, force: true });
  await unregisterHelper(user, remaining, { everywhere: true });
  tell('Docker on this machine no longer asks kindgcr.\n');
  if (purge) {
    await rm(cacheFolder(user), { recursive: true, force: true });
    await rm(lockFolder(user), { recursive: true, force: true });
    tell('The settings and cached tokens of this machine are gone.\n');
  }
}
