import { isAbsolute, join } from 'node:path';
import { KindGcrError, systemErrorCode } from '../../errors.ts';
import { readUserFile, whyUnreadable } from '../../system/read-user-file.ts';
import { settingsFolder, type User } from '../../system/user-folders.ts';

/** The sources of tokens on a host. */
export const HOST_SOURCES = ['gcloud', 'keyfile', 'adc'] as const;

/** The name of such a source, as settings, flags and `KINDGCR_SOURCE` spell it. */
export type SourceName = (typeof HOST_SOURCES)[number];

/** The settings that choose the source of tokens. */
export interface SourceSettings {
  readonly source?: SourceName;
  /** Absolute path of a service account key. */
  readonly keyfile?: string;
  /** The service account to impersonate, or a comma-separated chain that ends with it. */
  readonly impersonate?: string;
  /** Minimum life of a token from the cache, as the user wrote it: `10m`, `600`. */
  readonly minLife?: string;
}

/** Path of the user's settings file. */
export function settingsFile(user: User): string {
  return join(settingsFolder(user), 'config.json');
}

/** The error for an invalid settings file. */
export function invalidSettings(path: string, cause?: unknown): KindGcrError {
  return new KindGcrError('CONFIG_INVALID', `${path} is not a kindgcr settings file`, {
    hint: `Fix it, or remove it: rm ${path}; kindgcr install creates a new one.`,
    cause,
  });
}

/**
 * Reads the settings that choose the source; no file means no settings. Throws CONFIG_INVALID, FILE_FAILED.
 *
 * On the helper's hot path: synchronous, no library.
 */
export function readSourceSettings(user: User): SourceSettings {
  const path = settingsFile(user);
  let text: string;
  try {
    text = readUserFile(path).toString('utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new KindGcrError('FILE_FAILED', `${path} ${whyUnreadable(error)}`, { hint: `ls -lL ${path}`, cause: error });
  }
  const settings = parse(text);
  if (settings === undefined) throw invalidSettings(path);
  return settings;
}

function parse(text: string): SourceSettings | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { source, keyfile, impersonate, minLife }: Record<string, unknown> = { ...value };
  const isText = (field: unknown): field is string | undefined => field === undefined || typeof field === 'string';
  const isWhole =
    isText(source) &&
    isText(keyfile) &&
    isText(impersonate) &&
    isText(minLife) &&
    (source === undefined || HOST_SOURCES.some((name) => name === source)) &&
    (keyfile === undefined || isAbsolute(keyfile));
  return isWhole ? (value as SourceSettings) : undefined;
}
