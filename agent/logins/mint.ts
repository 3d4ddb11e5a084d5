import { KindGcrError } from '../../core/errors.ts';
import { keyfileSource } from '../../core/google/sources/keyfile.ts';
import { readServiceAccountKey } from '../../core/google/sources/service-account-key.ts';
import type { User } from '../../core/system/user-folders.ts';
import { formatMintResult, type Minted } from './mint-protocol.ts';

/** The key and the scopes of the token. */
export interface MintOrder {
  /** Path of the service account key. */
  readonly keyfile: string;
  readonly scopes: readonly string[];
  /** Whose environment names the proxy. */
  readonly user: User;
  readonly signal: AbortSignal;
}

/** Issues one token. Throws as a credential source does. Only this file loads Google's library. */
export async function mint({ keyfile, scopes, user, signal }: MintOrder): Promise<Minted> {
  const source = keyfileSource(await readServiceAccountKey(keyfile), { scopes, user });
  return { token: await source.getAccessToken({ signal }), account: source.description };
}

/** Issues one token and returns what to print for the parent process, also for an expected failure. */
export async function mintForParent(order: MintOrder): Promise<string> {
  try {
    return formatMintResult(await mint(order));
  } catch (error) {
    if (error instanceof KindGcrError) return formatMintResult(error);
    throw error;
  }
}
