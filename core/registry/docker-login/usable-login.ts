import { KindGcrError } from '../../errors.ts';
import type { JsonObject } from '../docker-config.ts';
import { field } from './login-files.ts';
import type { RegistryName } from './registry-name.ts';

/** A username and a password. */
export interface UsableLogin {
  readonly username: string;
  readonly secret: string;
}

/** A login as a docker config's entry or a credential helper has it. */
export interface RawLogin extends UsableLogin {
  /** A token that stands in for username and password. */
  readonly identityToken: string;
  readonly registryToken: string;
}

/** The username that a helper returns when the secret is an identity token. */
const TOKEN_USER = '<token>';

/** The username with which Azure's registries accept an identity token as the password. */
const AZURE_TOKEN_USER = '00000000-0000-0000-0000-000000000000';

const AZURE = /\.azurecr\.(?:io|cn|us|de)$/;

/** A helper's answer, in the form of a file's entry. */
export function rawLogin({ username, secret }: UsableLogin): RawLogin {
  const isToken = username === TOKEN_USER;
  return {
    username: isToken ? '' : username,
    secret: isToken ? '' : secret,
    identityToken: isToken ? secret : '',
    registryToken: '',
  };
}

/** Reads an entry of `auths`: `auth` wins over username and password, as in docker/cli. Throws CONFIG_INVALID. */
export function rawEntry(entry: JsonObject, { name }: RegistryName, path: string): RawLogin {
  const text = (key: string) => {
    const value = field(entry, key);
    return typeof value === 'string' ? value : '';
  };
  const [identityToken, registryToken] = [text('identitytoken'), text('registrytoken')];
  const auth = text('auth');
  if (auth === '') return { username: text('username'), secret: text('password'), identityToken, registryToken };
  const [, username, secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
  if (username === undefined) {
    throw new KindGcrError(
      'CONFIG_INVALID',
      `the auth of ${name} in ${path} is not base64 of a username and a password`,
      {
        hint: `Log in again: docker login ${name}`,
      },
    );
  }
  const raw = rawLogin({ username, secret: secret.replace(/\0+$/, '') });
  return { ...raw, registryToken, identityToken: identityToken || raw.identityToken };
}

/**
 * The username and password that a kubelet can use; undefined when there is no login at all. Throws CREDENTIAL_INVALID,
 * with the reason, for a login of a kind that a kubelet can't use: it knows usernames and passwords only.
 */
export function usableLogin(raw: RawLogin, { name, host }: RegistryName): UsableLogin | undefined {
  // First the token: `az acr login` leaves a username with an empty password beside it.
  if (raw.identityToken !== '') {
    if (AZURE.test(host)) return { username: AZURE_TOKEN_USER, secret: raw.identityToken };
    throw unusable(name, 'an identity token');
  }
  if (raw.registryToken !== '') throw unusable(name, 'a registry token');
  if (raw.username === '' || raw.secret === '') return undefined;
  if (!raw.username.includes(':')) return { username: raw.username, secret: raw.secret };
  throw new KindGcrError(
    'CREDENTIAL_INVALID',
    `the login to ${name} has a username with a colon in it, which a kubelet can't use`,
    {
      hint: `Log in under another name: docker login ${name}`,
    },
  );
}

function unusable(name: string, kind: string): KindGcrError {
  return new KindGcrError(
    'CREDENTIAL_INVALID',
    `the login to ${name} is ${kind}, and a kubelet only takes a username and a password`,
    {
      hint: `Log in with an access token as the password: docker login --username USER ${name}`,
    },
  );
}
