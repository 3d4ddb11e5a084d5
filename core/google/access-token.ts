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

/** Options of a request for a token. */
export interface TokenRequest {
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the token should still be valid for. A source may return a shorter one if it has no better. */
  readonly minLife?: number;
}

/** A source of access tokens. */
export interface CredentialSource<Token = AccessToken | UndatedToken> {
  /** Names the credential for the user (`service account ci@project…`), never quotes it. */
  readonly description: string;
  /** Whether its tokens have the requested scopes and no others. A user's own login can always do what the user can. */
  readonly scoped?: boolean;
  /**
   * Returns a valid token. Throws KindGcrError: CREDENTIAL_NOT_FOUND, CREDENTIAL_INVALID (a retry is useless) or
   * TOKEN_EXCHANGE_FAILED (a retry may succeed).
   */
  getAccessToken(request?: TokenRequest): Promise<Token>;
}

/** Milliseconds: the longest life that Google gives any access token, that of an impersonated account. */
export const LONGEST_LIFE = 12 * 3600_000;

/** The characters of a bearer token (RFC 6750). Anything else could break out of a header or a JSON text. */
const BEARER = /^[A-Za-z0-9._~+/=-]+$/;

/** Characters; Google's tokens have a few hundred, and 2 KiB at most. */
const LONGEST = 16 * 1024;

/**
 * Narrows a source's answer to an access token; `expiry` is milliseconds since 1970, a Date, or an ISO 8601 string.
 * An expiry later than any token can have counts as the latest possible. Throws TOKEN_EXCHANGE_FAILED when there is no
 * token or no expiry, when the token is malformed or expired. The message never quotes the answer.
 */
export function accessToken(token: unknown, expiry: unknown, from: string, now = new Date()): AccessToken {
  const bearer = bearerToken(token, from);
  const expiresAt = asDate(expiry);
  if (expiresAt === undefined) {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered without the token's expiry`, {
      hint: 'kindgcr does not guess an expiry. Use another source: a gcloud login or a service account key.',
    });
  }
  // Google's library returns "expires now" for an answer without `expires_in`.
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
    hint: 'Try again. If the error persists, a proxy may be answering in place of Google.',
  });
}

/** The largest number that is a valid Date. */
const LAST_DATE = 8.64e15;

function asDate(expiry: unknown): Date | undefined {
  if (!(typeof expiry === 'number' || typeof expiry === 'string' || expiry instanceof Date)) return undefined;
  const date = new Date(typeof expiry === 'number' ? Math.min(expiry, LAST_DATE) : expiry);
  return Number.isNaN(date.getTime()) || date.getTime() <= 0 ? undefined : date;
}
