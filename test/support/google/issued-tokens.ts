import { randomBytes } from 'node:crypto';

/** What is known about an access token, besides its secret. */
export interface IssuedToken {
  /** 1 for the first that was issued. */
  readonly number: number;
  /** The service account's or the user's address. */
  readonly account: string;
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** The User-Agent header of the request, so that a test can distinguish its clients. */
  readonly client: string;
  /** When the token was issued. */
  readonly isValid: boolean;
}

/** The access tokens that were issued. */
export interface IssuedTokens {
  /** All tokens ever issued, in order. */
  readonly issued: readonly IssuedToken[];
  /** The newest token itself; undefined when there is none. */
  readonly latest: string | undefined;
  issue(to: Pick<IssuedToken, 'account' | 'scopes' | 'client'>, life: number): string;
  /** True until the token expires or is revoked. */
  isValid(token: string): boolean;
  /** Details of a token, valid or expired; undefined for one that was never issued. */
  issuedFor(token: string): IssuedToken | undefined;
  /** The numbers of the tokens that a text contains, in plain text or anywhere within base64. */
  foundIn(text: string): readonly number[];
  /** Revokes all valid tokens, as an administrator would. */
  revokeTokens(): void;
}

/** Records tokens and their expiry, by the wall clock `now` in milliseconds since 1970. */
export function issuedTokens(now: () => number): IssuedTokens {
  const facts = new Map<string, Omit<IssuedToken, 'isValid'>>();
  const revoked = new Set<string>();
  const isValid = (token: string): boolean => {
    const expiresAt = facts.get(token)?.expiresAt;
    return expiresAt !== undefined && now() < expiresAt.getTime() && !revoked.has(token);
  };
  const issuedFor = (token: string): IssuedToken | undefined => {
    const known = facts.get(token);
    return known && { ...known, isValid: isValid(token) };
  };
  return {
    isValid,
    issuedFor,
    get issued() {
      return [...facts.keys()].flatMap((token) => issuedFor(token) ?? []);
    },
    get latest() {
      return [...facts.keys()].at(-1);
    },
    foundIn(text) {
      const holds = (token: string) => [token, ...withinBase64(token)].some((form) => text.includes(form));
      return [...facts].flatMap(([token, { number }]) => (holds(token) ? [number] : []));
    },
    issue({ account, scopes, client }, life) {
      const token = secret(account);
      const issuedAt = new Date(now());
      const expiresAt = new Date(issuedAt.getTime() + life * 1000);
      facts.set(token, { number: facts.size + 1, account, scopes, issuedAt, expiresAt, client });
      return token;
    },
    revokeTokens() {
      for (const token of facts.keys()) revoked.add(token);
    },
  };
}

/** What a secret looks like within the base64 of a longer text: three ways, depending on the number of bytes before it. */
function withinBase64(secret: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from(' '.repeat(before) + secret).toString('base64url');
    const [first, last] = [before === 0 ? 0 : 4, text.length - (text.length % 4) - 4];
    return text.slice(first, last).replaceAll('-', '+').replaceAll('_', '/');
  });
}

/** Prefix and length as Google's: service accounts get `ya29.c.` and about a thousand characters, users a few hundred. */
function secret(account: string): string {
  return account.endsWith('.gserviceaccount.com')
    ? `ya29.c.c0A${randomBytes(755).toString('base64url')}`
    : `ya29.a0A${randomBytes(159).toString('base64url')}`;
}
