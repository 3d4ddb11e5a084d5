import { isAbsolute } from 'node:path';
import { isJsonObject, type JsonObject } from '../../../core/registry/docker-config.ts';
import { HELPER } from '../../../core/registry/helper-name.ts';
import { dockerConfigFiles, type User } from '../../../core/system/user-folders.ts';
import { changeSettings, readSettings, type Settings } from '../settings.ts';
import { readDockerConfigToChange, removeDockerConfig, writeDockerConfig } from './docker-config-file.ts';
import { bytesBefore, type DockerUndo, undoOf } from './docker-undo.ts';
import { addHelpers, type FormerHelpers } from './helper-entries.ts';

/** A registration in one docker config. */
export interface PlannedRegistration {
  readonly path: string;
  /** The config as it is now. */
  readonly config: JsonObject;
  /** By new host: the helper that it replaces, or null. */
  readonly added: FormerHelpers;
  /** Every host that is registered afterwards. */
  readonly hosts: readonly string[];
  /** The new bytes; undefined when nothing changes. */
  readonly bytes: string | undefined;
  /** What each of the hosts had before, and what restores the old bytes. */
  readonly former: FormerHelpers;
  readonly undo: DockerUndo | undefined;
}

/** The removal of the helper from one docker config. */
export interface PlannedRemoval {
  readonly path: string;
  readonly changes: boolean;
  /** The new bytes; undefined for no file. */
  readonly bytes: string | undefined;
}

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
    const plans = await plan(hosts, paths, settings);
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

/** What `registerHelper` would do, file by file; changes nothing. Throws CONFIG_INVALID, FILE_FAILED. */
export async function plannedRegistrations(
  hosts: readonly string[],
  user: User,
): Promise<readonly PlannedRegistration[]> {
  return await plan(hosts, dockerConfigFiles(user), await readSettings(user));
}

/** The hosts that are registered for the helper after a registration. */
export function hostsOf(plans: readonly PlannedRegistration[]): readonly string[] {
  return [...new Set(plans.flatMap(({ hosts }) => hosts))];
}

/** The hosts that are registered for the helper in a docker config. */
export function registeredHosts(config: JsonObject): readonly string[] {
  return Object.entries(credHelpersOf(config)).flatMap(([host, helper]) => (helper === HELPER ? [host] : []));
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

/** What `unregisterHelper` would do to the user's docker configs. Throws CONFIG_INVALID, FILE_FAILED. */
export async function plannedRemovals(user: User): Promise<readonly PlannedRemoval[]> {
  return await planRemovals(dockerConfigFiles(user), await readSettings(user));
}

function plan(hosts: readonly string[], paths: readonly string[], settings: Settings) {
  return Promise.all(
    paths.map(async (path): Promise<PlannedRegistration> => {
      const { config, bytes, hasFolder } = await readDockerConfigToChange(path);
      const registered = registeredHosts(config);
      const all = [...new Set([...registered, ...hosts])];
      const before = bytesBefore(bytes, settings.dockerUndo?.[path], settings.docker[path] ?? {});
      const isNew = hosts.some((host) => !registered.includes(host));
      const after = isNew ? addHelpers(before ?? '', all) : undefined;
      return {
        path,
        config,
        hosts: all,
        added: formerHelpers(
          config,
          hosts.filter((host) => !registered.includes(host)),
        ),
        bytes: after,
        former: formerHelpers(parsed(before), all),
        undo: after === undefined ? undefined : { ...undoOf(before, after), ...(hasFolder ? {} : { folder: true }) },
      };
    }),
  );
}

function planRemovals(paths: readonly string[], { docker, dockerUndo }: Settings) {
  return Promise.all(
    paths.map(async (path): Promise<PlannedRemoval> => {
      const { bytes: now } = await readDockerConfigToChange(path);
      const bytes = bytesBefore(now, dockerUndo?.[path], docker[path] ?? {});
      return { path, changes: bytes !== now, bytes };
    }),
  );
}

function parsed(bytes: string | undefined): JsonObject {
  const config: unknown = bytes?.trim() ? JSON.parse(Buffer.from(bytes, 'latin1').toString('utf8')) : {};
  return isJsonObject(config) ? config : {};
}

function formerHelpers(config: JsonObject, hosts: readonly string[]): FormerHelpers {
  const helpers = new Map(Object.entries(credHelpersOf(config)));
  return Object.fromEntries(
    hosts.map((host) => {
      const helper = helpers.get(host);
      return [host, typeof helper === 'string' ? helper : null];
    }),
  );
}

/** A docker config's helpers by host. */
function credHelpersOf(config: JsonObject): JsonObject {
  return isJsonObject(config.credHelpers) ? config.credHelpers : {};
}
