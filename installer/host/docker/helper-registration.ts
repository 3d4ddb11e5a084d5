import { KindGcrError } from '../../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../../core/registry/docker-config.ts';
import { HELPER } from '../../../core/registry/helper-name.ts';
import { dockerConfigFiles, type Person } from '../../../core/system/user-folders.ts';
import { type Settings, writeSettings } from '../settings.ts';
import { readDockerConfig, writeDockerConfig } from './docker-config-file.ts';

/** What stood at each host before: another helper's name, or null for nothing. Needed to undo. */
type FormerHelpers = Readonly<Record<string, string | null>>;

/**
 * Registers the helper in the person's docker config and writes the settings, which remember what it displaced.
 * Answers with the hosts that are registered now. Throws CONFIG_INVALID, FILE_FAILED; the configs are whole in any case.
 */
export async function registerHelper(
  hosts: readonly string[],
  person: Person,
  settings: Settings,
): Promise<readonly string[]> {
  const changes = await plannedRegistrations(hosts, person);
  // The settings first: a registration that is not remembered could not be undone.
  const remembered = changes.map(({ path, former }) => [path, { ...former, ...settings.docker[path] }] as const);
  const docker = { ...settings.docker, ...Object.fromEntries(remembered) };
  await writeSettings({ ...settings, docker }, person);
  for (const { path, after, former } of changes) {
    if (Object.keys(former).length > 0) await writeDockerConfig(path, after);
  }
  return [...new Set(changes.flatMap(({ after }) => registeredHosts(after)))];
}

/** The hosts that a docker config asks the helper for. */
export function registeredHosts(config: JsonObject): readonly string[] {
  return Object.entries(credHelpersOf(config)).flatMap(([host, helper]) => (helper === HELPER ? [host] : []));
}

/** What a registration makes of one file. */
export interface PlannedRegistration {
  readonly path: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** By host that is new: the helper that is displaced, or null. */
  readonly former: FormerHelpers;
}

/** What `registerHelper` would do, file by file; changes nothing. Throws CONFIG_INVALID, FILE_FAILED. */
export async function plannedRegistrations(
  hosts: readonly string[],
  person: Person,
): Promise<readonly PlannedRegistration[]> {
  return await Promise.all(
    dockerConfigFiles(person).map(async (path) => {
      const before = await readWithHelpers(path);
      const { config: after, former } = withHelper(before, hosts);
      return { path, before, after, former };
    }),
  );
}

/** Takes the helper out of the person's docker config again and answers with the settings that remain to be written. */
export async function unregisterHelper(person: Person, settings: Settings): Promise<Settings> {
  const docker = { ...settings.docker };
  for (const { path, before, after } of await plannedRemovals(person, settings)) {
    if (before !== after) await writeDockerConfig(path, after);
    delete docker[path];
  }
  return { ...settings, docker };
}

/** What `unregisterHelper` would do, file by file; `after` is `before` where there is nothing to do. */
export async function plannedRemovals(
  person: Person,
  settings: Settings,
): Promise<readonly Omit<PlannedRegistration, 'former'>[]> {
  return await Promise.all(
    dockerConfigFiles(person).map(async (path) => {
      const before = await readWithHelpers(path);
      const after = withoutHelper(before, settings.docker[path] ?? {});
      return { path, before, after: JSON.stringify(after) === JSON.stringify(before) ? before : after };
    }),
  );
}

/** Reads a docker config that is to be changed: where Docker itself can't read `credHelpers`, nobody knows what they say. */
async function readWithHelpers(path: string): Promise<JsonObject> {
  const config = await readDockerConfig(path);
  const { credHelpers = null } = config;
  const isHelper = (helper: unknown) => typeof helper === 'string' || helper === null;
  if (credHelpers === null || (isJsonObject(credHelpers) && Object.values(credHelpers).every(isHelper))) return config;
  throw new KindGcrError('CONFIG_INVALID', `"credHelpers" in ${path} is not one that Docker can read`, {
    hint: 'Mend it or take it out; it is an object of registries, each with the name of a helper.',
  });
}

/** The config with the helper registered for `hosts`, and what it displaced. Everything else stays as it is. */
export function withHelper(
  config: JsonObject,
  hosts: readonly string[],
): { config: JsonObject; former: FormerHelpers } {
  const before = credHelpersOf(config);
  const former = hosts
    .filter((host) => before[host] !== HELPER)
    .map((host) => [host, typeof before[host] === 'string' ? before[host] : null] as const);
  const credHelpers = { ...before, ...Object.fromEntries(hosts.map((host) => [host, HELPER])) };
  return { config: { ...config, credHelpers }, former: Object.fromEntries(former) };
}

/** The config without the helper; hosts that had another helper before get it back. */
export function withoutHelper(config: JsonObject, former: FormerHelpers): JsonObject {
  const kept = Object.entries(credHelpersOf(config)).flatMap(([host, helper]) => {
    if (helper !== HELPER) return [[host, helper] as const];
    const before = former[host];
    return typeof before === 'string' ? [[host, before] as const] : [];
  });
  const { credHelpers: _, ...others } = config;
  return kept.length === 0 ? others : { ...config, credHelpers: Object.fromEntries(kept) };
}

/** The helpers by host of a docker config. */
function credHelpersOf(config: JsonObject): JsonObject {
  return isJsonObject(config.credHelpers) ? config.credHelpers : {};
}
