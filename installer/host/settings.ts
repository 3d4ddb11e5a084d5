import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import * as v from 'valibot';
import { KindGcrError, systemErrorCode } from '../../core/errors.ts';
import { HOST_SOURCES, invalidSettings, settingsFile } from '../../core/google/choice/source-settings.ts';
import { replaceFile } from '../../core/system/replace-file.ts';
import type { Person } from '../../core/system/user-folders.ts';

const WAYS = ['credential-provider', 'static-key', 'mounted-config'] as const;

/** How a cluster comes by its credentials, where it is not the usual way: an agent that keeps a file for the kubelet. */
export type Way = (typeof WAYS)[number];

const SettingsSchema = v.looseObject({
  /** Where tokens come from on this host. */
  source: v.optional(v.picklist(HOST_SOURCES)),
  keyfile: v.optional(v.pipe(v.string(), v.check(isAbsolute))),
  impersonate: v.optional(v.string()),
  /** Least life of a token that the helper serves from its cache: `10m`. */
  minLife: v.optional(v.string()),
  /** The clusters that the person installed into. */
  clusters: v.optional(v.array(v.string()), []),
  /** By cluster: how it is supplied, where that is not the usual way. */
  ways: v.optional(v.record(v.string(), v.picklist(WAYS))),
  /** By docker config file: what stood in `credHelpers` before us. */
  docker: v.optional(v.record(v.string(), v.record(v.string(), v.nullable(v.string()))), {}),
});

/** What kindgcr remembers for this person between calls. No secret is in it. */
export type Settings = v.InferOutput<typeof SettingsSchema>;

/** Reads the settings; no file is no settings yet. Throws CONFIG_INVALID. */
export async function readSettings(person: Person): Promise<Settings> {
  const path = settingsFile(person);
  try {
    return v.parse(SettingsSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { clusters: [], docker: {} };
    throw invalidSettings(path, error);
  }
}

/** Writes the settings, 0600; settings that say nothing leave no file behind. Throws FILE_FAILED. */
export async function writeSettings(settings: Settings, person: Person): Promise<void> {
  const path = settingsFile(person);
  const { clusters, docker, ways = {}, ...others } = settings;
  const said = {
    ...others,
    ...(clusters.length > 0 ? { clusters } : {}),
    ...(Object.keys(ways).length > 0 ? { ways } : {}),
    ...(Object.keys(docker).length > 0 ? { docker } : {}),
  };
  try {
    if (Object.keys(said).length === 0) return await rm(path, { force: true });
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await replaceFile(path, `${JSON.stringify(said, undefined, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new KindGcrError('FILE_FAILED', `${path} can't be written (${systemErrorCode(error)})`, {
      hint: `ls -ld ${dirname(path)}`,
      cause: error,
    });
  }
}
