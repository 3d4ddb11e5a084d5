import { isAbsolute } from 'node:path';
import { dockerConfigFiles, type User } from '../../../core/system/user-folders.ts';
import { changeSettings, readSettings, type Settings } from '../settings.ts';
import { removeDockerConfig, writeDockerConfig } from './docker-config-file.ts';
import {
  type PlannedRegistration,
  type PlannedRemoval,
  planRegistrations,
  planRemovals,
} from './planned-registration.ts';

/**
 * Registers the helper in the user's docker configs and returns what was done. The settings remember what it replaced,
 * and are changed by `alsoChange` in the same step. Throws CONFIG_INVALID, FILE_FAILED, BUSY; the configs are valid in any
 * case.
 */
export async function registerHelper(
  hosts: readonly string[],
  user: User,
  alsoChange: (settings: Settings) => Settings = (settings) => settings,
): Promise<readonly PlannedRegistration[]> {
  const paths = dockerConfigFiles(user);
  const change: Parameters<typeof changeSettings<readonly PlannedRegistration[]>>[1] = async (settings, write) => {
    const plans = await planRegistrations(hosts, paths, settings);
    const changes = plans.filter(({ bytes }) => bytes !== undefined);
    const docker = Object.fromEntries(changes.map(({ path, former }) => [path, former]));
    const dockerUndo = Object.fromEntries(
      changes.flatMap(({ path, undo }) => (undo === undefined ? [] : [[path, undo]])),
    );
    // The settings first: a registration that is not remembered could not be undone.
    const remembered = {
      docker: { ...settings.docker, ...docker },
      dockerUndo: { ...settings.dockerUndo, ...dockerUndo },
    };
    await write(alsoChange({ ...settings, ...remembered }));
    for (const { path, bytes } of changes) if (bytes !== undefined) await writeDockerConfig(path, bytes);
    return plans;
  };
  return await changeSettings(user, change, paths);
}

/**
 * Removes the helper from docker configs and returns what was done: from the user's, or from all that the settings
 * remember. The settings are changed by `alsoChange` in the same step. Throws CONFIG_INVALID, FILE_FAILED, BUSY.
 */
export async function unregisterHelper(
  user: User,
  alsoChange: (settings: Settings) => Settings = (settings) => settings,
  { everywhere = false }: { readonly everywhere?: boolean } = {},
): Promise<readonly PlannedRemoval[]> {
  const remembered = everywhere
    ? Object.keys((await readSettings(user)).docker).filter((path) => isAbsolute(path))
    : [];
  const paths = [...new Set([...dockerConfigFiles(user), ...remembered])];
  const change: Parameters<typeof changeSettings<readonly PlannedRemoval[]>>[1] = async (settings, write) => {
    const removals = await planRemovals(paths, settings);
    for (const { path, changes, bytes } of removals) {
      if (!changes) continue;
      if (bytes !== undefined) await writeDockerConfig(path, bytes);
      else await removeDockerConfig(path, { folder: settings.dockerUndo?.[path]?.folder === true });
    }
    const others = <T>(byPath: Readonly<Record<string, T>> = {}) =>
      Object.fromEntries(Object.entries(byPath).filter(([path]) => !paths.includes(path)));
    const { docker, dockerUndo } = settings;
    await write(alsoChange({ ...settings, docker: others(docker), dockerUndo: others(dockerUndo) }));
    return removals;
  };
  return await changeSettings(user, change, paths);
}
