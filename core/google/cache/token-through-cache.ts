import { errorMessage, KindGcrError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { AccessToken, CredentialSource, UndatedToken } from '../access-token.ts';
import { failureFile, failureSince, rememberFailure } from './remembered-failure.ts';
import { cachedToken, readCachedToken } from './token-cache.ts';
import { lockToken } from './token-lock.ts';
import { writeCached } from './write-cached-token.ts';

/** Seconds: when the source fails, a cached token that is valid for this long is better than none. */
const LAST_RESORT = 60;

/** How tokens are cached. */
export interface CacheOptions {
  /** The cache file for this source's identity; undefined disables the cache. */
  readonly file: string | undefined;
  readonly log: Logger;
  readonly now: () => Date;
}

/**
 * Returns a token from the cache file or, if there is none, from the source, which is opened only then. Concurrent
 * processes ask the source once: the first takes a lock, the others wait for it and then find the token, or the failure.
 */
export async function tokenThroughCache(
  open: () => Promise<CredentialSource>,
  { file, log, now }: CacheOptions,
  minLife: number,
): Promise<AccessToken | UndatedToken> {
  if (file === undefined) return (await open()).getAccessToken({ minLife });
  const since = now();
  const look = () => readCachedToken(file, { minLife, now: now() }) ?? failureSince(failureFile(file), since);
  const lock = await lockToken(file, look, log);
  if ('found' in lock) return orThrow(lock.found);
  try {
    const found = look(); // written between the last check and the lock
    return found === undefined ? await ask(open, { file, log, now }, minLife) : orThrow(found);
  } finally {
    lock.release();
  }
}

function orThrow(found: AccessToken | KindGcrError): AccessToken {
  if (found instanceof KindGcrError) throw found;
  return found;
}

async function ask(
  open: () => Promise<CredentialSource>,
  { file, log, now }: CacheOptions & { readonly file: string },
  minLife: number,
): Promise<AccessToken | UndatedToken> {
  try {
    const source = await open();
    const token = await source.getAccessToken({ minLife });
    log.debug('asked the source', { source: source.description, expiresAt: token.expiresAt?.toISOString() });
    if (token.expiresAt === undefined) return token;
    await writeCached(file, cachedToken(token, now()), now()).catch((error: unknown) =>
      log.debug('the token was not cached', { reason: errorMessage(error) }),
    );
    return token;
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    const last =
      error.code === 'TOKEN_EXCHANGE_FAILED' ? readCachedToken(file, { minLife: LAST_RESORT, now: now() }) : undefined;
    if (last) {
      log.warn(`${error.message}; using a cached token that expires at ${last.expiresAt.toISOString()}`);
      return last;
    }
    await rememberFailure(failureFile(file), error, now()).catch(() => {}); // then each process asks the source itself
    throw error;
  }
}
