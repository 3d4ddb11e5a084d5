import { randomBytes } from 'node:crypto';
import type { TokenEndpoint } from '../google/token-endpoint.ts';

/** The part of Google that knows which logins are valid. */
export type KnownLogins = Pick<TokenEndpoint, 'issuedFor' | 'accountOfKeyFile'>;

/** What a login may do in a registry. */
export type RegistryAction = 'pull' | 'push';

/** What an Authorization header contains; never the secret in it. */
export interface Login {
  readonly auth: 'none' | 'good' | 'bad';
  /** As sent, if there was one. */
  readonly username?: string;
  /** Which access token it was, by number of issue; 1 for the first. */
  readonly token?: number;
  /** What it may do, by the scopes of the token. */
  readonly may: readonly RegistryAction[];
  /** True for a registry token that was issued without a login. */
  readonly isAnonymous?: boolean;
}

/** The user names for an access token; the middle of the last one is a version. */
const TOKEN_USERNAME = /^(oauth2accesstoken|_token|_dcgcloud_token|_dcgcr_\d[\w.]*_token)$/;

const SCOPE_PREFIX = 'https://www.googleapis.com/auth/';
const PUSH_SCOPES = ['cloud-platform', 'devstorage.read_write', 'devstorage.full_control'];
const PULL_SCOPES = [...PUSH_SCOPES, 'cloud-platform.read-only', 'devstorage.read_only'];

const NOBODY: Login = { auth: 'none', may: [] };

/** Checks Authorization headers like Google's registries, and exchanges logins for registry tokens. */
export function registryLogins(google: KnownLogins) {
  const registryTokens = new Map<string, string | undefined>();

  /** The login in a header: Basic, an access token as Bearer, or a registry token as Bearer. */
  function loginOf(authorization: string | undefined): Login {
    if (authorization === undefined) return NOBODY;
    const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
    if (/^bearer$/i.test(scheme)) {
      if (!registryTokens.has(credentials)) return accessToken(credentials, {});
      const traded = registryTokens.get(credentials);
      // A registry token is only valid as long as the access token it was exchanged for.
      return traded === undefined ? { auth: 'none', may: [], isAnonymous: true } : loginOf(traded);
    }
    if (!/^basic$/i.test(scheme)) return { auth: 'bad', may: [] };
    const [, username = '', password = ''] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
    if (TOKEN_USERNAME.test(username)) return accessToken(password, { username });
    if (username === '_json_key') return keyFile(password, username);
    if (username === '_json_key_base64') return keyFile(Buffer.from(password, 'base64').toString(), username);
    return { auth: 'bad', username, may: [] };
  }

  function accessToken(secret: string, named: { username?: string }): Login {
    const facts = google.issuedFor(secret);
    if (facts === undefined) return { auth: 'bad', ...named, may: [] };
    if (!facts.isValid) return { auth: 'bad', ...named, token: facts.number, may: [] };
    const has = (scopes: readonly string[]) => scopes.some((scope) => facts.scopes.includes(SCOPE_PREFIX + scope));
    const may: RegistryAction[] = [];
    if (has(PULL_SCOPES)) may.push('pull');
    if (has(PUSH_SCOPES)) may.push('push');
    return { auth: 'good', ...named, token: facts.number, may };
  }

  function keyFile(text: string, username: string): Login {
    return google.accountOfKeyFile(text) === undefined
      ? { auth: 'bad', username, may: [] }
      : { auth: 'good', username, may: ['pull', 'push'] };
  }

  /** A registry token for a valid header, or for no login. */
  function trade(authorization: string | undefined): string {
    const token = randomBytes(96).toString('base64url');
    registryTokens.set(token, authorization);
    return token;
  }

  return { loginOf, trade };
}
