import { isJsonObject, type JsonObject } from '../docker-config.ts';
import { HUB_KEY } from '../registry-login.ts';
import type { LoginFile } from './login-files.ts';
import { type RegistryName, registryName } from './registry-name.ts';

/** Where Docker looks for the login to one registry. */
export interface LoginPlace {
  /** The file that says so. */
  readonly path: string;
  /** The credential helper that is asked; undefined when the file itself has the login. */
  readonly helper: string | undefined;
  /** The file's entry: the login, or what Docker falls back to when the helper fails. */
  readonly entry: JsonObject | undefined;
}

/**
 * Where Docker looks for a login, as docker/cli does: `credHelpers` by the exact key, where "" means the file; then
 * `credsStore`; then the file. Helpers are never asked for a path: such logins are podman's, which keeps them in the file.
 */
export function loginPlace(file: LoginFile, registry: RegistryName): LoginPlace {
  const { path, credHelpers, credsStore } = file;
  const entry = entryOf(file, registry);
  if (registry.name.includes('/')) return { path, helper: undefined, entry };
  const own = Object.hasOwn(credHelpers, registry.key) ? credHelpers[registry.key] : undefined;
  const helper = typeof own === 'string' ? own : credsStore;
  return { path, helper: helper || undefined, entry };
}

/** The entry with this key; else with one that an old Docker wrote, with a scheme or `/v1/`. */
function entryOf({ auths }: LoginFile, { key }: RegistryName): JsonObject | undefined {
  const exact = auths[key];
  if (isJsonObject(exact)) return exact;
  const other = Object.entries(auths).find(([name]) => keyOf(name) === key)?.[1];
  return isJsonObject(other) ? other : undefined;
}

function keyOf(name: string): string | undefined {
  try {
    return registryName(name).key;
  } catch {
    return undefined;
  }
}

/** Why Docker never uses an entry of `credHelpers`; undefined when it does. */
export function whyNeverUsed(key: string): string | undefined {
  if (key === HUB_KEY) return undefined;
  if (/^(?:index\.)?docker\.io$/.test(key)) return `credHelpers has "${key}", but Docker only looks for "${HUB_KEY}"`;
  return key.includes('/') ? `credHelpers has "${key}", but Docker only looks for hosts there` : undefined;
}
