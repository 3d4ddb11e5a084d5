import { tokenThroughCache } from '../core/google/cache/token-through-cache.ts';
import { openCredentialSource } from '../core/google/open-credential-source.ts';
import type { GetContext, Mint } from './get.ts';

/** Fetches tokens from the credential source, once for all concurrent processes. */
export function mintWith({ user, log, now }: Pick<GetContext, 'user' | 'log' | 'now'>): Mint {
  return ({ choice, scopes, cacheFile, minLife }) =>
    tokenThroughCache(() => openCredentialSource(choice, { scopes, user }), { file: cacheFile, log, now }, minLife);
}
