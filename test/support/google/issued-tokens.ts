import { randomBytes } from 'node:crypto';

/** What is known of an access token, besides its secret. */
export interface IssuedToken {
  /** 1 for the first that was issued. */
  readonly number: number;
  /** The service account's or the person's address. */
  readonly account: string;
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** The User-Agent header of who asked, so that a test can tell its clients apart. */
  readonly client: string;
  /** When this was asked. */
  readonly isAlive: boolean;
}

/** The access tokens that were handed out. */
export interface IssuedTokens {
  /** Facts of all tokens ever issued, in order. */
  readonly issued: readonly IssuedToken[];
  /** The newest token itself; undefined when there is none. */
  readonly latest: string | undefined;
  issue(to: Pick<IssuedToken, 'account' | 'scopes' | 'client'>, life: number): string;
  /** True while the token's life lasts and nobody has revoked it. */
  isAlive(token: string): boolean;
  /** The facts of a token, alive or dead; undefined for one that was never issued. */
  issuedFor(token: string): IssuedToken | undefined;
  /** The numbers of the tokens that a text holds, as they are or anywhere within base64. */
  foundIn(text: string): readonly number[];
  /** Ends all tokens that are alive now, as when an administrator revokes them. */
  revokeTokens(): void;
}

/** Remembers tokens and their ends, by the wall clock `now` in milliseconds since 1970. */
export function issuedTokens(now: () => number): IssuedTokens {
  const facts = new Map<string, Omit<IssuedToken, 'isAlive'>>();
  const revoked = new Set<string>();
  const isAlive = (token: string): boolean => {
    const expiresAt = facts.get(token)?.expiresAt;
    return expiresAt !== undefined && now() < expiresAt.getTime() && !revoked.has(token);
  };
  const issuedFor = (token: string): IssuedToken | undefined => {
    const known = facts.get(token);
    return known && { ...known, isAlive: isAlive(token) };
  };
  return {
    isAlive,
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

/** What a secret looks like within the base64 of a longer text: three ways, by how many bytes stand before it. */
function withinBase64(secret: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from(' '.repeat(before) + secret).toString('base64url');
    const [first, last] = [before === 0 ? 0 : 4, text.length - (text.length % 4) - 4];
    return text.slice(first, last).replaceAll('-', '+').replaceAll('_', '/');
  });
}

/** Prefix and length as Google's: service accounts get `ya29.c.` and some thousand characters, people a few hundred. */
function secret(account: string): string {
  return account.endsWith('.gserviceaccount.com')
    ? `ya29.c.c0A${randomBytes(755).toString('base64url')}`
    : `ya29.a0A${randomBytes(159).toString('base64url')}`;
}
