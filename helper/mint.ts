import { KindGcrError } from '../core/errors.ts';
import { cachedSource } from '../core/google/cached-source.ts';
import { openSource } from '../core/google/open-source.ts';
import type { Logger } from '../core/log.ts';
import type { Person } from '../core/system/user-folders.ts';
import type { Mint } from './get.ts';

/** Asks the credential source, once for however many ask at the same time. */
export function mintWith({ person, log }: { readonly person: Person; readonly log: Logger }): Mint {
  return async ({ choice, scopes, cacheFile, minLife }) => {
    try {
      const source = await openSource(choice, { scopes });
      const cached = cachedSource(source, { file: cacheFile, person, log, now: () => new Date() });
      const { token, expiresAt } = await cached.getAccessToken({ minLife });
      log.debug('asked the source', { source: source.description, expiresAt: expiresAt.toISOString() });
      return { token };
    } catch (error) {
      if (!(error instanceof KindGcrError)) throw error;
      return { reason: error.message, hint: error.hint };
    }
  };
}
