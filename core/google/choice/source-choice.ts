import { resolve } from 'node:path';
import { KindGcrError } from '../../errors.ts';
import { quoted } from '../../redact.ts';
import type { Env, User } from '../../system/user-folders.ts';
import { adcFile, isServiceAccountKey } from './adc-file.ts';
import { givenPath } from './credential-path.ts';
import { defaultSource } from './default-source.ts';
import { HOST_SOURCES, readSourceSettings, type SourceName, type SourceSettings } from './source-settings.ts';

/** A source that is not based on another one. */
export type DirectChoice =
  | { readonly kind: 'gcloud'; readonly program: string }
  | { readonly kind: 'keyfile'; readonly path: string }
  /** Application default credentials: from a file, or without one from the machine itself. */
  | { readonly kind: 'adc'; readonly path: string | undefined; readonly metadataHost: string };

/** The address of the metadata server on Google Cloud. */
const METADATA_HOST = '169.254.169.254';

/** The source of this host's tokens and what is needed to open it. Plain data: nothing has been requested yet. */
export type SourceChoice =
  | DirectChoice
  /** A service account, impersonated using another source and via `delegates`, in their order. */
  | {
      readonly kind: 'impersonate';
      readonly account: string;
      readonly delegates: readonly string[];
      readonly over: DirectChoice;
    };

/** The flags that choose the source of tokens. */
export interface SourceFlags {
  readonly source?: SourceName;
  readonly keyfile?: string;
}

/** What decides the choice besides the environment. */
export interface ChoiceOptions {
  /** The settings file's by default. */
  readonly settings?: SourceSettings;
  readonly flags?: SourceFlags;
}

/**
 * Chooses the source: by the flags, then `KINDGCR_SOURCE`, then the settings file, then the file that `KINDGCR_KEYFILE` or
 * `GOOGLE_APPLICATION_CREDENTIALS` names, then gcloud if the user is logged in with it, then application default
 * credentials. `KINDGCR_IMPERSONATE`, then the settings file, add impersonation of a service account to any of them.
 * Throws USAGE, CONFIG_INVALID, CREDENTIAL_NOT_FOUND or CREDENTIAL_INVALID.
 *
 * On the helper's hot path: synchronous, no library.
 */
export function chooseSource(
  user: User,
  { settings = readSourceSettings(user), flags = {} }: ChoiceOptions = {},
): SourceChoice {
  const over = chooseDirectly(user, settings, flags);
  const accounts = user.env.KINDGCR_IMPERSONATE || settings.impersonate;
  if (!accounts) return over;
  const chain = impersonationChain(accounts);
  return { kind: 'impersonate', account: chain.at(-1) ?? '', delegates: chain.slice(0, -1), over };
}

/** The chain of accounts to impersonate; the tokens are for the last one. Throws USAGE. */
export function impersonationChain(accounts: string): readonly string[] {
  const chain = accounts.split(',').map((account) => account.trim());
  const odd = chain.find((account) => !/^[\w.-]+@[\w.-]+$/.test(account));
  if (odd === undefined) return chain;
  throw new KindGcrError('USAGE', `${quoted(odd)} is not a service account to impersonate`, {
    hint: 'Name it by its address: NAME@PROJECT.iam.gserviceaccount.com',
  });
}

function chooseDirectly(user: User, settings: SourceSettings, flags: SourceFlags): DirectChoice {
  const { env } = user;
  if (flags.keyfile !== undefined) {
    if (flags.source === undefined || flags.source === 'keyfile') return keyfileAt(flags.keyfile, '--keyfile');
    throw new KindGcrError('USAGE', `--keyfile can't be combined with --source ${flags.source}`, {
      hint: 'Leave one of them out.',
    });
  }
  const kind = flags.source ?? (env.KINDGCR_SOURCE || settings.source);
  switch (kind) {
    case 'gcloud':
      return gcloudChoice(user);
    case 'keyfile':
      return keyfileChoice(env, settings);
    case 'adc':
      return adcChoice(adcFile(user), env);
    case undefined:
      break;
    default:
      throw new KindGcrError('USAGE', `${quoted(kind)} is not a credential source`, {
        hint: `Set KINDGCR_SOURCE to one of: ${HOST_SOURCES.join(', ')}`,
      });
  }
  if (env.KINDGCR_KEYFILE) return keyfileAt(env.KINDGCR_KEYFILE, 'KINDGCR_KEYFILE');
  if (env.GOOGLE_APPLICATION_CREDENTIALS) {
    const path = adcFile(user);
    return path !== undefined && isServiceAccountKey(path) ? { kind: 'keyfile', path } : adcChoice(path, env);
  }
  return defaultSource(user) === 'adc' ? adcChoice(adcFile(user), env) : gcloudChoice(user);
}

/** Variables with a file or folder for gcloud, which its error messages quote. */
const GCLOUD_PATHS = [
  'CLOUDSDK_CONFIG',
  'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE',
  'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE',
] as const;

function gcloudChoice({ env, platform }: User): DirectChoice {
  for (const name of GCLOUD_PATHS) givenPath(env[name] ?? '', name);
  const named = env.KINDGCR_GCLOUD && givenPath(env.KINDGCR_GCLOUD, 'KINDGCR_GCLOUD');
  return { kind: 'gcloud', program: named || (platform === 'win32' ? 'gcloud.cmd' : 'gcloud') };
}

function adcChoice(path: string | undefined, env: Env): DirectChoice {
  return { kind: 'adc', path, metadataHost: env.GCE_METADATA_IP || env.GCE_METADATA_HOST || METADATA_HOST };
}

function keyfileChoice(env: Env, settings: SourceSettings): DirectChoice {
  const { KINDGCR_KEYFILE: ours, GOOGLE_APPLICATION_CREDENTIALS: googles } = env;
  if (ours) return keyfileAt(ours, 'KINDGCR_KEYFILE');
  if (settings.keyfile) return keyfileAt(settings.keyfile, 'the setting keyfile');
  if (googles) return keyfileAt(googles, 'GOOGLE_APPLICATION_CREDENTIALS');
  throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'the source is "keyfile", but no key file is named', {
    hint: 'Name it: KINDGCR_KEYFILE=PATH, or: kindgcr config set keyfile PATH',
  });
}

function keyfileAt(path: string, name: string): DirectChoice {
  return { kind: 'keyfile', path: resolve(givenPath(path, name)) };
}
