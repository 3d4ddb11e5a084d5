import { mkdir } from 'node:fs/promises';
import { lock } from 'proper-lockfile';
import { errorMessage } from '../errors.ts';
import type { Logger } from '../log.ts';
import { cacheFolder, type Person } from '../system/user-folders.ts';
import type { AccessToken, CredentialSource } from './access-token.ts';
import { readCachedToken, writeCachedToken } from './token-cache.ts';

/** Milliseconds after which a lock whose holder has not touched it is taken for abandoned. */
const STALE = 3000;

/** What a cached source needs. */
export interface CachedSourceOptions {
  /** The file of this source's identity; undefined: no cache at all. */
  readonly file: string | undefined;
  readonly person: Person;
  readonly log: Logger;
  readonly now: () => Date;
}

/**
 * A source in front of which a file remembers the token, so that processes that ask at the same time ask the source
 * once: the first takes a lock, the others wait for it and then find the token. Works without the file, too.
 */
export function cachedSource(
  source: CredentialSource,
  { file, person, log, now }: CachedSourceOptions,
): CredentialSource {
  if (file === undefined) return source;
  return {
    description: source.description,
    async getAccessToken({ signal, minLife = 600 } = {}) {
      const cached = () => readCachedToken(file, { minLife, now: now() });
      const release = await acquire(file, person, log);
      try {
        const found = cached();
        if (found) return found;
        const token = await source.getAccessToken({ signal, minLife });
        await keep(file, token, person, log);
        return token;
      } finally {
        await release().catch(() => {});
      }
    },
  };
}

async function keep(file: string, token: AccessToken, person: Person, log: Logger): Promise<void> {
  try {
    await writeCachedToken(file, token, person);
  } catch (error) {
    log.debug('the token was not cached', { reason: errorMessage(error) });
  }
}

/** Waits for the lock beside the file. Where there can be none (read-only home, full disk), goes on without. */
async function acquire(file: string, person: Person, log: Logger): Promise<() => Promise<void>> {
  try {
    await mkdir(cacheFolder(person), { recursive: true, mode: 0o700 });
    return await lock(file, {
      realpath: false,
      stale: STALE,
      update: STALE / 3,
      retries: { forever: true, maxRetryTime: 90_000, minTimeout: 50, maxTimeout: 250, factor: 1.3, randomize: true },
      onCompromised: (error) => log.debug('lost the lock of the token cache', { reason: errorMessage(error) }),
    });
  } catch (error) {
    log.debug('no lock for the token cache', { reason: errorMessage(error) });
    return async () => {};
  }
}
