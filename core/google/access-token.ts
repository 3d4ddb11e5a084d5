import { KindGcrError } from '../errors.ts';

/** A Google OAuth 2.0 access token with its real end. */
export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
  /** The account that it was issued to, where only the source's answer says so. */
  readonly account?: string;
}

/** What a caller may ask of a source. */
export interface TokenRequest {
  readonly signal?: AbortSignal | undefined;
  /** The least life, in seconds, that the token should have left. A source may give less where it can't do better. */
  readonly minLife?: number;
}

/** Something that hands out access tokens. */
export interface CredentialSource {
  /** Names the credential for a person (`service account ci@project…`), never quotes it. */
  readonly description: string;
  /** Whether its tokens have the requested scopes and no others. A user's own login can always do what the user can. */
  readonly scoped?: boolean;
  /**
   * A token that is alive now. Throws KindGcrError: CREDENTIAL_NOT_FOUND, CREDENTIAL_INVALID (asking again is no use)
   * or TOKEN_EXCHANGE_FAILED (it may be).
   */
  getAccessToken(request?: TokenRequest): Promise<AccessToken>;
}

/**
 * Narrows a source's answer to an access token; `expiry` is milliseconds since 1970, a Date, or an ISO 8601 string.
 * Throws TOKEN_EXCHANGE_FAILED when there is no token, no end (one is never made up), or an end that has passed.
 */
export function accessToken(token: unknown, expiry: unknown, from: string, now = new Date()): AccessToken {
  if (typeof token !== 'string' || token.trim() === '') {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered without an access token`, {
      hint: 'Try again; if it stays so, a proxy between here and Google may be answering in its place.',
    });
  }
  const expiresAt = asDate(expiry);
  if (expiresAt === undefined) {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered without the token's expiry`, {
      hint: 'kindgcr does not guess how long a token lives. Use a source that tells: a gcloud login or a service account key.',
    });
  }
  // Google's library makes "ends now" of an answer without `expires_in`.
  if (expiresAt <= now) {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${from} answered with a token that has ended already`, {
      hint: "Compare this machine's clock with another one; if it is right, try again.",
    });
  }
  return { token: token.trim(), expiresAt };
}

function asDate(expiry: unknown): Date | undefined {
  if (!(typeof expiry === 'number' || typeof expiry === 'string' || expiry instanceof Date)) return undefined;
  const date = new Date(expiry);
  return Number.isNaN(date.getTime()) || date.getTime() <= 0 ? undefined : date;
}
