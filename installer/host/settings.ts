import { rm } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import * as v from 'valibot';
import { fileFailure, systemErrorCode } from '../../core/errors.ts';
import { HOST_SOURCES, invalidSettings, settingsFile } from '../../core/google/choice/source-settings.ts';
import { makePrivateFolder } from '../../core/system/make-private-folder.ts';
import { readUserFile } from '../../core/system/read-user-file.ts';
import { replaceFile } from '../../core/system/replace-file.ts';
import type { User } from '../../core/system/user-folders.ts';
import { DockerUndoSchema } from './docker/docker-undo.ts';
import { whileLocked } from './user-file-lock.ts';

const WAYS = ['credential-provider', 'static-key', 'mounted-config'] as const;

/** How a cluster gets its credentials, where it is not the default: an agent that writes the kubelet's config.json. */
export type Way = (typeof WAYS)[number];

const SettingsSchema = v.looseObject({
  /** Where tokens come from on this host. */
  source: v.optional(v.picklist(HOST_SOURCES)),
  keyfile: v.optional(v.pipe(v.string(), v.check(isAbsolute))),
  impersonate: v.optional(v.string()),
  /** Minimum lifetime of a token that the helper serves from its cache: `10m`. */
  minLife: v.optional(v.string()),
  /** The registries whose logins nodes get from the user's Docker, or `all`. */
  fromDocker: v.optional(v.array(v.string())),
  /** Whether installing sets up the background service where tokens come from this machine; it does unless this is off. */
  service: v.optional(v.picklist(['on', 'off'])),
  /** The clusters that the user installed into. */
  clusters: v.optional(v.array(v.string()), []),
  /** By cluster: how it gets credentials, where that is not the default. */
  ways: v.optional(v.record(v.string(), v.picklist(WAYS))),
  /** By docker config file: the previous entries of `credHelpers`. */
  docker: v.optional(v.record(v.string(), v.record(v.string(), v.nullable(v.string()))), {}),
  /** By docker config file: what restores it byte for byte. */
  dockerUndo: v.optional(v.record(v.string(), DockerUndoSchema)),
});

/** What kindgcr remembers for this user between calls. Holds no secret. */
export type Settings = v.InferOutput<typeof SettingsSchema>;

/** Reads the settings; without a file they are empty. Throws CONFIG_INVALID. */
export async function readSettings(user: User): Promise<Settings> {
  const path = settingsFile(user);
  try {
    return v.parse(SettingsSchema, JSON.parse(readUserFile(path).toString('utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { clusters: [], docker: {} };
    throw invalidSettings(path, error);
  }
}

/**
 * Runs work that may write the settings, while no other kindgcr changes them or the other named files. Throws CONFIG_INVALID, FILE_FAILED, BUSY, and what the work throws.
 */
export async function changeSettings<T>(
  user: User,
  work: (settings: Settings, write: (changed: Settings) => Promise<void>) => Promise<T>,
  otherFiles: readonly string[] = [],
): Promise<T> {
  return await whileLocked([settingsFile(user), ...otherFiles], user, async () =>
    work(await readSettings(user), (changed) => writeSettings(changed, user)),
  );
}

/** Writes the settings, 0600; empty settings leave no file behind. Throws FILE_FAILED. */
async function writeSettings(settings: Settings, user: User): Promise<void> {
  const path = settingsFile(user);
  const { clusters, docker, ways = {}, dockerUndo = {}, ...others } = settings;
  const said = {
    ...others,
    ...(clusters.length > 0 ? { clusters } : {}),
    ...(Object.keys(ways).length > 0 ? { ways } : {}),
    ...(Object.keys(docker).length > 0 ? { docker } : {}),
    ...(Object.keys(dockerUndo).length > 0 ? { dockerUndo } : {}),
  };
  try {
    if (Object.keys(said).length === 0) return await rm(path, { force: true });
    await makePrivateFolder(dirname(path));
    await replaceFile(path, `${JSON.stringify(said, undefined, 2)}\n`, { mode: 0o600, ofUser: true });
  } catch (error) {
    throw fileFailure(path, 'written', error, { hint: `ls -ld ${dirname(path)}` });
  }
}
