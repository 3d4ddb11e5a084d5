import { KindGcrError } from '../core/errors.ts';
import { cachedTokenFile, readCachedToken } from '../core/google/cache/token-cache.ts';
import { checkPathVariables } from '../core/google/choice/credential-path.ts';
import { minLifeOf } from '../core/google/choice/min-life.ts';
import { chooseSource, type SourceChoice } from '../core/google/choice/source-choice.ts';
import { sourceIdentity } from '../core/google/choice/source-identity.ts';
import { readSourceSettings } from '../core/google/choice/source-settings.ts';
import { PUSH_SCOPES } from '../core/google/scopes.ts';
import type { Logger } from '../core/log.ts';
import { googleDockerHost, TOKEN_USERNAME } from '../core/registry/google-hosts.ts';
import type { User } from '../core/system/user-folders.ts';

/** A request that the cache could not answer. */
export interface MintRequest {
  readonly choice: SourceChoice;
  readonly scopes: readonly string[];
  /** Where to cache the token; undefined disables the cache. */
  readonly cacheFile: string | undefined;
  /** Seconds that the token should be valid for at least. */
  readonly minLife: number;
}

/** Fetches a token from the source. Slow: it loads what a cached answer does not need. Throws what the source throws. */
export type Mint = (request: MintRequest) => Promise<{ readonly token: string }>;

/** What `get` needs from outside. */
export interface GetContext {
  readonly user: User;
  readonly log: Logger;
  readonly now: () => Date;
  readonly mint: Mint;
}

/** The username and secret for a registry. Throws KindGcrError if there are none. */
export async function getCredentials(
  serverURL: string,
  { user, log, now, mint }: GetContext,
): Promise<{ readonly Username: string; readonly Secret: string }> {
  if (googleDockerHost(serverURL) === undefined) {
    const shown = JSON.stringify(serverURL.slice(0, 200));
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', `kindgcr answers for Google's registries only, not for ${shown}`, {
      hint: 'Log in to other registries with docker login',
    });
  }
  checkPathVariables(user.env);
  const settings = readSourceSettings(user);
  const choice = chooseSource(user, { settings });
  const minLife = minLifeOf(user.env, settings);
  const identity = user.env.KINDGCR_CACHE === 'off' ? undefined : sourceIdentity(choice, PUSH_SCOPES, user);
  const cacheFile = identity === undefined ? undefined : cachedTokenFile(identity, user);
  const cached = cacheFile === undefined ? undefined : readCachedToken(cacheFile, { minLife, now: now() });
  if (cached) {
    log.debug('answered from the cache', { source: choice.kind, expiresAt: cached.expiresAt.toISOString() });
    return { Username: TOKEN_USERNAME, Secret: cached.token };
  }
  const { token } = await mint({ choice, scopes: PUSH_SCOPES, cacheFile, minLife });
  return { Username: TOKEN_USERNAME, Secret: token };
}
