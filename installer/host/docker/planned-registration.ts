import { isJsonObject, type JsonObject } from '../../../core/registry/docker-config.ts';
import { HELPER } from '../../../core/registry/helper-name.ts';
import { dockerConfigFiles, type User } from '../../../core/system/user-folders.ts';
import { readSettings, type Settings } from '../settings.ts';
import { readDockerConfigToChange } from './docker-config-file.ts';
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

/** What `registerHelper` would do, file by file; changes nothing. Throws CONFIG_INVALID, FILE_FAILED. */
export async function plannedRegistrations(
  hosts: readonly string[],
  user: User,
): Promise<readonly PlannedRegistration[]> {
  return await planRegistrations(hosts, dockerConfigFiles(user), await readSettings(user));
}

/** The hosts that are registered for the helper after a registration. */
export function hostsOf(plans: readonly PlannedRegistration[]): readonly string[] {
  return [...new Set(plans.flatMap(({ hosts }) => hosts))];
}

/** The hosts that are registered for the helper in a docker config. */
export function registeredHosts(config: JsonObject): readonly string[] {
  return Object.entries(credHelpersOf(config)).flatMap(([host, helper]) => (helper === HELPER ? [host] : []));
}

/** What `unregisterHelper` would do to the user's docker configs. Throws CONFIG_INVALID, FILE_FAILED. */
export async function plannedRemovals(user: User): Promise<readonly PlannedRemoval[]> {
  return await planRemovals(dockerConfigFiles(user), await readSettings(user));
}

/** What registering these hosts changes in these files. Throws CONFIG_INVALID, FILE_FAILED. */
export function planRegistrations(hosts: readonly string[], paths: readonly string[], settings: Settings) {
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

/** What removing the helper changes in these files. Throws CONFIG_INVALID, FILE_FAILED. */
export function planRemovals(paths: readonly string[], { docker, dockerUndo }: Settings) {
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
