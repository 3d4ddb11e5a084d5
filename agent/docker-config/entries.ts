import { ENTRY_MARK, markedEntry } from '../../core/node/marked-entry.ts';
import { isJsonObject, type JsonObject } from '../../core/registry/docker-config.ts';
import { sameName } from '../../core/registry/field-name.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { refusals } from './kubelet-rules.ts';

/** An entry of ours in the file. */
export interface OwnEntry {
  /** As in the file: base64 of username and secret, unless another program has changed it. */
  readonly auth: unknown;
  /** The owner of its login. */
  readonly owner: string;
  readonly expiresAt: Date;
}

/** A docker config, and the foreign entries that ours have replaced, by registry key. */
export interface Merge {
  readonly config: JsonObject;
  readonly displaced: JsonObject;
}

/** Our entries in a docker config as `parseConfigText` returns it, by registry key. */
export function ownEntries(config: JsonObject): Map<string, OwnEntry> {
  const own = new Map<string, OwnEntry>();
  for (const [key, entry] of Object.entries(authsOf(config))) {
    const mark = isJsonObject(entry) ? entry[ENTRY_MARK] : undefined;
    if (!isJsonObject(entry) || !isJsonObject(mark)) continue;
    const expiresAt = new Date(typeof mark.expiresAt === 'string' ? mark.expiresAt : 0);
    own.set(key, {
      auth: entry.auth,
      owner: typeof mark.owner === 'string' ? mark.owner : '',
      expiresAt: Number.isNaN(expiresAt.getTime()) ? new Date(0) : expiresAt,
    });
  }
  return own;
}

/**
 * Adds the logins that are valid at `now` to a docker config and removes our expired entries. A foreign entry under one of
 * our keys is displaced, and restored when ours is removed. Everything else keeps its place. With `supplied`, our entries
 * of other owners are removed, too.
 */
export function mergeLogins(
  { config, displaced }: Merge,
  logins: readonly RegistryLogin[],
  now: Date,
  supplied: readonly string[] | null = null,
): Merge {
  const alive = logins.filter(({ expiresAt }) => new Date(expiresAt) > now);
  const wanted = new Map(alive.flatMap((login) => login.registries.map((key) => [key, markedEntry(login)] as const)));
  // An entry whose login is not in the store stays until it expires: the store is lost at a reboot, the file is not.
  const owners = new Set(alive.map(({ owner }) => owner));
  const own = ownEntries(config);
  const isSupplied = (owner: string) => supplied === null || supplied.includes(owner);
  const stays = ({ owner, expiresAt }: OwnEntry) => expiresAt > now && !owners.has(owner) && isSupplied(owner);

  const kept: [string, unknown][] = [];
  const stillDisplaced: Record<string, unknown> = { ...displaced };
  for (const [key, entry] of Object.entries(authsOf(config))) {
    const ours = own.get(key);
    const ourNew = wanted.get(key);
    if (ourNew !== undefined) {
      if (ours === undefined) stillDisplaced[key] = entry;
      kept.push([key, ourNew]);
    } else if (ours === undefined || stays(ours)) {
      kept.push([key, entry]);
    } else if (Object.hasOwn(stillDisplaced, key)) {
      kept.push([key, stillDisplaced[key]]);
      delete stillDisplaced[key];
    }
  }
  const present = new Set(kept.map(([key]) => key));
  const added = [...wanted].filter(([key]) => !present.has(key));
  return { config: withAuths(config, [...kept, ...added]), displaced: stillDisplaced };
}

/** Removes all our entries and restores those that they replaced. `hadAuths`: whether there was an `auths` before. */
export function withdrawLogins(merge: Merge, hadAuths: boolean): JsonObject {
  const own = ownEntries(merge.config);
  const auths = Object.entries(authsOf(merge.config)).flatMap(([key, entry]): [string, unknown][] => {
    if (!own.has(key)) return [[key, entry]];
    return Object.hasOwn(merge.displaced, key) ? [[key, merge.displaced[key]]] : [];
  });
  const config = withAuths(merge.config, auths);
  if (auths.length > 0 || hadAuths) return config;
  return Object.fromEntries(Object.entries(config).filter(([name]) => !sameName(name, 'auths')));
}

/** Whether a docker config has an `auths`, empty or not. */
export function hasAuths(config: JsonObject): boolean {
  return nameOfAuths(config) !== undefined;
}

/** A docker config without the entries and headers for which the kubelet would refuse it. */
export function withoutRefused(config: JsonObject): JsonObject {
  const refused = new Set(refusals(config).map(({ path }) => JSON.stringify(path)));
  const stays = (...path: string[]) => !refused.has(JSON.stringify(path));
  if (refused.size === 0) return config;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([name]) => stays(name))
      .map(([name, value]) =>
        isJsonObject(value)
          ? [name, Object.fromEntries(Object.entries(value).filter(([key]) => stays(name, key)))]
          : [name, value],
      ),
  );
}

/** The spelling of the `auths` key: the kubelet ignores case. */
function nameOfAuths(config: JsonObject): string | undefined {
  return Object.keys(config).find((name) => sameName(name, 'auths'));
}

function authsOf(config: JsonObject): JsonObject {
  const auths = config[nameOfAuths(config) ?? 'auths'];
  return isJsonObject(auths) ? auths : {};
}

function withAuths(config: JsonObject, auths: readonly (readonly [string, unknown])[]): JsonObject {
  const name = nameOfAuths(config);
  if (name === undefined) return auths.length === 0 ? config : { ...config, auths: Object.fromEntries(auths) };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, key === name ? mapOrNull(value, auths) : value]),
  );
}

/** `"auths": null` stays as it is unless entries are added. */
function mapOrNull(before: unknown, auths: readonly (readonly [string, unknown])[]): unknown {
  return auths.length === 0 && !isJsonObject(before) ? before : Object.fromEntries(auths);
}
