import { KindGcrError } from '../errors.ts';

/** A Google OAuth 2.0 access token with its real expiry. */
export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
  /** The account that it was issued to, where only the source's answer says so. */
  readonly account?: string;
}

/** A token whose expiry the source does not know: good for one use, never to be cached or sent to a node. */
export interface UndatedToken extends Omit<AccessToken, 'expiresAt'> {
  readonly expiresAt: undefined;
}

/** What a caller may ask of a source. */
export interface TokenRequest {
  readonly signal?: AbortSignal | undefined;
  /** The least life, in seconds, that the token should have left. A source may give less where it can't do better. */
  readonly minLife?: number;
}

/** Something that hands out access tokens. */
export interface CredentialSource<Token = AccessToken | UndatedToken> {
  /** Names the credential for a person (`service account ci@project…`), never quotes it. */
  readonly description: string;
  /** Whether its tokens have the requested scopes and no others. A user's own login can always do what the user can. */
  readonly scoped?: boolean;
  /**
   * A token that is alive now. Throws KindGcrError: CREDENTIAL_NOT_FOUND, CREDENTIAL_INVALID (asking again is no use)
   * or TOKEN_EXCHANGE_FAILED (it may be).
   */
  getAccessToken(request?: TokenRequest): Promise<Token>;
}

/** Milliseconds: the longest life that Google gives any access token, that of an impersonated account. */
export const LONGEST_LIFE = 12 * 3600_000;

/** The characters of a bearer token (RFC 6750). Anything else could break out of a header or a JSON text. */
const BEARER = /^[A-Za-z0-9._~+/=-]+$/;

/** Google's are a few hundred characters long, and 2 KiB at most. */
const LONGEST = 16 * 1024;

/**
 * Narrows a source's answer to an access token; `expiry` is milliseconds since 1970, a Date, or an ISO 8601 string.
 * An expiry further away than any token lives counts as the longest life. Throws TOKEN_EXCHANGE_FAILED when there is no
 * token or no expiry, when the token is malformed or expired. The message never quotes the answer.
 */
export function accessToken(token: unknown, expiry: unknown, from: string, now = new Date()): AccessToken {
  const bearer = bearerToken(token, from);
  const expiresAt = asDate(expiry);
  if (expiresAt === undefined) {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered without the token's expiry`, {
      hint: 'kindgcr does not guess how long a token lives. Use a source that knows: a gcloud login or a service account key.',
    });
  }
  // Google's library makes "expires now" of an answer without `expires_in`.
  if (expiresAt <= now) {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered with an expired token`, {
      hint: "Compare this machine's clock with another one; if it is right, try again.",
    });
  }
  const latest = new Date(now.getTime() + LONGEST_LIFE);
  return { token: bearer, expiresAt: expiresAt < latest ? expiresAt : latest };
}

/** Narrows a token without an expiry, for one use. Throws as `accessToken` does. */
export function undatedToken(token: unknown, from: string): UndatedToken {
  return { token: bearerToken(token, from), expiresAt: undefined };
}

function bearerToken(token: unknown, from: string): string {
  const bearer = typeof token === 'string' ? token.trim() : '';
  if (bearer !== '' && bearer.length <= LONGEST && BEARER.test(bearer)) return bearer;
  const what = bearer === '' ? 'without an access token' : 'with something that is not an access token';
  throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered ${what}`, {
    hint: 'Try again; if it stays so, a proxy between here and Google may be answering in its place.',
  });
}

/** The largest number that makes a Date. */
const LAST_DATE = 8.64e15;

function asDate(expiry: unknown): Date | undefined {
  if (!(typeof expiry === 'number' || typeof expiry === 'string' || expiry instanceof Date)) return undefined;
  const date = new Date(typeof expiry === 'number' ? Math.min(expiry, LAST_DATE) : expiry);
  return Number.isNaN(date.getTime()) || date.getTime() <= 0 ? undefined : date;
}
