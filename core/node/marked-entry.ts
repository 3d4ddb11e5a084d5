import { authEntry, type JsonObject } from '../registry/docker-config.ts';
import type { RegistryLogin } from '../registry/registry-login.ts';

/**
 * Our entries in the kubelet's `config.json` carry this key beside `auth`. The kubelet ignores keys that it doesn't know,
 * so the file itself says which entries are ours and when they expire, even after the agent lost its state.
 */
export const ENTRY_MARK = 'kindgcr';

/** A login as an entry of the kubelet's `config.json`. */
export function markedEntry({ username, secret, owner, expiresAt }: RegistryLogin): JsonObject {
  return { ...authEntry(username, secret), [ENTRY_MARK]: { owner, expiresAt } };
}
