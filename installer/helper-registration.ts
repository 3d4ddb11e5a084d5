import { isJsonObject, type JsonObject } from '../core/registry/docker-config.ts';
import { dockerConfigFile, type Person } from '../core/system/user-folders.ts';
import { readDockerConfig, writeDockerConfig } from './docker-config-file.ts';
import { type Settings, writeSettings } from './settings.ts';

/** The name under which docker's `credHelpers` know the helper; docker puts `docker-credential-` before it. */
const HELPER = 'kindgcr';

/** What stood at each host before: another helper's name, or null for nothing. Needed to undo. */
type FormerHelpers = Readonly<Record<string, string | null>>;

/**
 * Registers the helper in the person's docker config and writes the settings, which remember what it displaced.
 * Answers with the hosts that are registered now. Throws CONFIG_INVALID, FILE_FAILED; the config is whole in any case.
 */
export async function registerHelper(
  hosts: readonly string[],
  person: Person,
  settings: Settings,
): Promise<readonly string[]> {
  const path = dockerConfigFile(person);
  const before = await readDockerConfig(path);
  const { config, former } = withHelper(before, hosts);
  // The settings first: a registration that is not remembered could not be undone.
  const docker = { ...settings.docker, [path]: { ...former, ...settings.docker[path] } };
  await writeSettings({ ...settings, docker }, person);
  if (Object.keys(former).length > 0) await writeDockerConfig(path, config);
  return Object.entries(credHelpersOf(config)).flatMap(([host, helper]) => (helper === HELPER ? [host] : []));
}

/** Takes the helper out of the person's docker config again and answers with the settings that remain to be written. */
export async function unregisterHelper(person: Person, settings: Settings): Promise<Settings> {
  const path = dockerConfigFile(person);
  const { [path]: former = {}, ...docker } = settings.docker;
  const before = await readDockerConfig(path);
  const config = withoutHelper(before, former);
  if (JSON.stringify(config) !== JSON.stringify(before)) await writeDockerConfig(path, config);
  return { ...settings, docker };
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

function credHelpersOf(config: JsonObject): JsonObject {
  return isJsonObject(config.credHelpers) ? config.credHelpers : {};
}
