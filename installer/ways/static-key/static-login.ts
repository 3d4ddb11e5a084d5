import { KUBELET_KEYS } from '../../../core/registry/google-hosts.ts';
import { GOOGLE_OWNER, NEVER, type RegistryLogin } from '../../../core/registry/registry-login.ts';

/** A service account key as a login to Google's registries: the username `_json_key`, the file as password. */
export function staticLogin(key: string): RegistryLogin {
  return { registries: KUBELET_KEYS, username: '_json_key', secret: key, expiresAt: NEVER, owner: GOOGLE_OWNER };
}
