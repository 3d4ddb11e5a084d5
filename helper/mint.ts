import { KindGcrError } from '../core/errors.ts';
import { tokenThroughCache } from '../core/google/cache/token-through-cache.ts';
import { openSource } from '../core/google/open-credential-source.ts';
import type { Logger } from '../core/log.ts';
import type { Mint } from './get.ts';

/** Asks the credential source, once for however many ask at the same time. */
export function mintWith({ log }: { readonly log: Logger }): Mint {
  return async ({ choice, scopes, cacheFile, minLife }) => {
    const open = () => openSource(choice, { scopes });
    try {
      return await tokenThroughCache(open, { file: cacheFile, log, now: () => new Date() }, minLife);
    } catch (error) {
      if (!(error instanceof KindGcrError)) throw error;
      return { reason: error.message, hint: error.hint };
    }
  };
}
