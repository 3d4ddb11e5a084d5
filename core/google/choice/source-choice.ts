import { resolve } from 'node:path';
import { KindGcrError } from '../../errors.ts';
import type { Env, Person } from '../../system/user-folders.ts';
import { adcFile, isServiceAccountKey } from './adc-file.ts';
import { defaultSource } from './default-source.ts';
import { HOST_SOURCES, readSourceSettings, type SourceSettings } from './source-settings.ts';

/** A source that needs no other. */
export type DirectChoice =
  | { readonly kind: 'gcloud'; readonly program: string }
  | { readonly kind: 'keyfile'; readonly path: string }
  /** Application default credentials: of a file, or of the machine itself where there is none. */
  | { readonly kind: 'adc'; readonly path: string | undefined; readonly metadataHost: string };

/** The metadata server's address, the same in every Google Cloud. */
const METADATA_HOST = '169.254.169.254';

/** Which source this host takes its tokens from, and what it needs to be opened. Plain data: nothing was asked yet. */
export type SourceChoice =
  | DirectChoice
  /** A service account's tokens, by leave of another source and over `delegates`, in their order. */
  | {
      readonly kind: 'impersonate';
      readonly account: string;
      readonly delegates: readonly string[];
      readonly over: DirectChoice;
    };

/**
 * Chooses the source: `KINDGCR_SOURCE`, then the settings file, then the file that `KINDGCR_KEYFILE` or
 * `GOOGLE_APPLICATION_CREDENTIALS` names, then gcloud where somebody is logged in with it, then application default
 * credentials. `KINDGCR_IMPERSONATE`, then the settings file, put a service account in front of any of them.
 * Throws USAGE, CONFIG_INVALID or CREDENTIAL_NOT_FOUND.
 *
 * On the helper's hot path: synchronous, no library.
 */
export function chooseSource(person: Person, settings: SourceSettings = readSourceSettings(person)): SourceChoice {
  const over = chooseDirectly(person, settings);
  const accounts = person.env.KINDGCR_IMPERSONATE || settings.impersonate;
  if (!accounts) return over;
  const chain = impersonationChain(accounts);
  return { kind: 'impersonate', account: chain.at(-1) ?? '', delegates: chain.slice(0, -1), over };
}

/** The accounts of an impersonation, the last of which the tokens are for. Throws USAGE. */
export function impersonationChain(accounts: string): readonly string[] {
  const chain = accounts.split(',').map((account) => account.trim());
  const odd = chain.find((account) => !/^[\w.-]+@[\w.-]+$/.test(account));
  if (odd === undefined) return chain;
  throw new KindGcrError('USAGE', `"${odd.slice(0, 100)}" is not a service account to impersonate`, {
    hint: 'Name it by its address: NAME@PROJECT.iam.gserviceaccount.com',
  });
}

function chooseDirectly(person: Person, settings: SourceSettings): DirectChoice {
  const { env } = person;
  const kind = env.KINDGCR_SOURCE || settings.source;
  switch (kind) {
    case 'gcloud':
      return gcloudChoice(person);
    case 'keyfile':
      return keyfileChoice(env, settings);
    case 'adc':
      return adcChoice(adcFile(person), env);
    case undefined:
      break;
    default:
      throw new KindGcrError('USAGE', `"${kind}" is not a credential source`, {
        hint: `Set KINDGCR_SOURCE to one of: ${HOST_SOURCES.join(', ')}`,
      });
  }
  if (env.KINDGCR_KEYFILE) return { kind: 'keyfile', path: resolve(env.KINDGCR_KEYFILE) };
  if (env.GOOGLE_APPLICATION_CREDENTIALS) {
    const path = resolve(env.GOOGLE_APPLICATION_CREDENTIALS);
    return isServiceAccountKey(path) ? { kind: 'keyfile', path } : adcChoice(path, env);
  }
  return defaultSource(person) === 'adc' ? adcChoice(adcFile(person), env) : gcloudChoice(person);
}

function gcloudChoice({ env, platform }: Person): DirectChoice {
  return { kind: 'gcloud', program: env.KINDGCR_GCLOUD || (platform === 'win32' ? 'gcloud.cmd' : 'gcloud') };
}

function adcChoice(path: string | undefined, env: Env): DirectChoice {
  return { kind: 'adc', path, metadataHost: env.GCE_METADATA_IP || env.GCE_METADATA_HOST || METADATA_HOST };
}

function keyfileChoice(env: Env, settings: SourceSettings): DirectChoice {
  const path = env.KINDGCR_KEYFILE || settings.keyfile || env.GOOGLE_APPLICATION_CREDENTIALS;
  if (path) return { kind: 'keyfile', path: resolve(path) };
  throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'the source is "keyfile", but no key file is named', {
    hint: 'Name it: KINDGCR_KEYFILE=PATH, or: kindgcr config set keyfile PATH',
  });
}
