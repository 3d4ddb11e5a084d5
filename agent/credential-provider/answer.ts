import { googleDockerHost, isGoogleDockerHost } from '../../core/registry/google-hosts.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import type { CredentialProviderRequest, CredentialProviderResponse } from './protocol.ts';

/** Milliseconds before its end at which the kubelet is to ask anew: a pull that begins then must still get through. */
export const MARGIN = 10 * 60_000;

/** The registry of an image: what stands before its first slash. Without a slash it is Docker Hub's, whatever it looks like: ''. */
export function registryOf(image: string): string {
  return image.slice(0, Math.max(image.indexOf('/'), 0));
}

/** The login for a registry that lives longest at `now`; undefined when none is alive, or none is for it. */
export function loginFor(logins: readonly RegistryLogin[], registry: string, now: Date): RegistryLogin | undefined {
  const isOpen = isGoogleDockerHost(registry) && googleDockerHost(registry) === undefined;
  if (isOpen) return undefined; // with a token that is not for it, a public registry refuses what it gives to anybody
  const fitting = logins.filter(
    ({ registries, expiresAt }) => new Date(expiresAt) > now && registries.some((key) => matches(key, registry)),
  );
  return fitting.toSorted((a, b) => Date.parse(b.expiresAt) - Date.parse(a.expiresAt))[0];
}

/** The response that says: this login, or none. */
export function answer(
  { apiVersion, image }: CredentialProviderRequest,
  login: RegistryLogin | undefined,
  now: Date,
): CredentialProviderResponse {
  const left = login === undefined ? 0 : Date.parse(login.expiresAt) - now.getTime() - MARGIN;
  return {
    kind: 'CredentialProviderResponse',
    apiVersion,
    cacheKeyType: 'Registry',
    cacheDuration: `${Math.max(Math.floor(left / 1000), 0)}s`,
    auth: login === undefined ? {} : { [registryOf(image)]: { username: login.username, password: login.secret } },
  };
}

/** The kubelet's rule: as many labels, and `*` and `?` within one, for what a host's name may have. */
function matches(key: string, registry: string): boolean {
  const globs = key.split('.');
  const labels = registry.split('.');
  return globs.length === labels.length && globs.every((glob, index) => labelMatches(glob, labels[index] ?? ''));
}

function labelMatches(glob: string, label: string): boolean {
  const pattern = glob
    .replace(/[^\w*?]/g, '\\$&')
    .replaceAll('*', '[\\w-]*')
    .replaceAll('?', '[\\w-]');
  return new RegExp(`^${pattern}$`).test(label);
}
