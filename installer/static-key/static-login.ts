import { KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';

/** What stands where a login has its end, for one that has none: the last moment that a timestamp can tell. */
export const NEVER = '9999-12-31T23:59:59.999Z';

/** A service account key itself as a login, as Google's registries take it: the username `_json_key`, the file as password. */
export function staticLogin(key: string): RegistryLogin {
  return { registries: KUBELET_KEYS, username: '_json_key', secret: key, expiresAt: NEVER, owner: 'google' };
}
