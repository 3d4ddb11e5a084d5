import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { KindGcrError, systemErrorCode } from '../errors.ts';
import { type Person, settingsFolder } from '../system/user-folders.ts';

/** The sources that a host can take tokens from. */
export const HOST_SOURCES = ['gcloud', 'keyfile'] as const;

/** Which source this host takes its tokens from, and what it needs to be opened. Plain data: nothing was asked yet. */
export type SourceChoice =
  | { readonly kind: 'gcloud'; readonly program: string }
  | { readonly kind: 'keyfile'; readonly path: string };

/** What the settings file holds about the source. */
export interface SourceSettings {
  readonly source?: SourceChoice['kind'];
  /** Absolute path of a service account key. */
  readonly keyfile?: string;
}

/** Path of the settings file of this person. */
export function settingsFile(person: Person): string {
  return join(settingsFolder(person), 'config.json');
}

/**
 * Chooses the source: `KINDGCR_SOURCE` (with `KINDGCR_KEYFILE`), then the settings file, then a service account key
 * that `GOOGLE_APPLICATION_CREDENTIALS` names, then gcloud. Throws USAGE, CONFIG_INVALID or CREDENTIAL_NOT_FOUND.
 *
 * On the helper's hot path: synchronous, no library.
 */
export function chooseSource(person: Person): SourceChoice {
  const { env } = person;
  const settings = readSourceSettings(person);
  const kind = env.KINDGCR_SOURCE || settings.source;
  const program = env.KINDGCR_GCLOUD || (person.platform === 'win32' ? 'gcloud.cmd' : 'gcloud');
  if (kind === 'gcloud') return { kind, program };
  if (kind === 'keyfile') {
    const path = env.KINDGCR_KEYFILE || settings.keyfile || env.GOOGLE_APPLICATION_CREDENTIALS;
    if (!path) {
      throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'the source is "keyfile", but no key file is named', {
        hint: 'Name it: KINDGCR_KEYFILE=PATH, or kindgcr install --source keyfile --keyfile PATH',
      });
    }
    return { kind, path: resolve(path) };
  }
  if (kind !== undefined) {
    throw new KindGcrError('USAGE', `"${kind}" is not a credential source`, {
      hint: `Set KINDGCR_SOURCE to one of: ${HOST_SOURCES.join(', ')}`,
    });
  }
  if (env.KINDGCR_KEYFILE) return { kind: 'keyfile', path: resolve(env.KINDGCR_KEYFILE) };
  if (env.GOOGLE_APPLICATION_CREDENTIALS) return { kind: 'keyfile', path: resolve(env.GOOGLE_APPLICATION_CREDENTIALS) };
  return { kind: 'gcloud', program };
}

/** Reads what the settings file says of the source; no file means no settings. Throws CONFIG_INVALID, FILE_FAILED. */
export function readSourceSettings(person: Person): SourceSettings {
  const path = settingsFile(person);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new KindGcrError('FILE_FAILED', `${path} can't be read (${code})`, { hint: `ls -l ${path}`, cause: error });
  }
  const settings = parseJson(text);
  const source = settings?.source;
  const keyfile = settings?.keyfile;
  const known = source === undefined || HOST_SOURCES.some((name) => name === source);
  if (
    settings === undefined ||
    !known ||
    !(keyfile === undefined || (typeof keyfile === 'string' && isAbsolute(keyfile)))
  ) {
    throw new KindGcrError('CONFIG_INVALID', `${path} is not a kindgcr settings file`, {
      hint: `Mend it or remove it; kindgcr install writes it anew: rm ${path}`,
    });
  }
  return settings as SourceSettings;
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
