import { googleDockerHost, isGoogleDockerHost, KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { HUB_KEY, type RegistryLogin } from '../../core/registry/registry-login.ts';
import type { CredentialProviderRequest, CredentialProviderResponse } from './protocol.ts';

/** Milliseconds before the expiry at which the kubelet has to ask again: a pull that starts then must still succeed. */
export const MARGIN = 10 * 60_000;

/** Milliseconds for which the kubelet may cache a login that the user's Docker can replace at any time. */
const SHORT_CACHE = 5 * 60_000;

/** The registry of an image: the part before the first slash. Without a slash it is Docker Hub, whatever it looks like: ''. */
export function registryOf(image: string): string {
  return image.slice(0, Math.max(image.indexOf('/'), 0));
}

/** A login and the key under which the kubelet finds it for an image. */
export interface FittingLogin {
  readonly login: RegistryLogin;
  readonly key: string;
}

/**
 * The login for an image: the one with the longest matching key, and of several the one that expires last; undefined when
 * none is valid at `now`.
 */
export function loginFor(logins: readonly RegistryLogin[], image: string, now: Date): FittingLogin | undefined {
  const registry = registryOf(image);
  const isOpen = isGoogleDockerHost(registry) && googleDockerHost(registry) === undefined;
  if (isOpen) return undefined; // public registries refuse a login that isn't theirs, and need none
  const alive = logins.filter(({ expiresAt }) => new Date(expiresAt) > now);
  const fitting = alive.flatMap((login) =>
    login.registries.filter((key) => matches(key, image)).map((key) => ({ login, key })),
  );
  return fitting.toSorted(
    (a, b) => b.key.length - a.key.length || Date.parse(b.login.expiresAt) - Date.parse(a.login.expiresAt),
  )[0];
}

/** The response with this login, or with none. */
export function answer(
  { apiVersion, image }: CredentialProviderRequest,
  found: FittingLogin | undefined,
  now: Date,
): CredentialProviderResponse {
  const isGoogles = found === undefined || KUBELET_KEYS.includes(found.key);
  const left = found === undefined ? 0 : Date.parse(found.login.expiresAt) - now.getTime() - MARGIN;
  const cached = isGoogles ? left : Math.min(left, SHORT_CACHE);
  return {
    kind: 'CredentialProviderResponse',
    apiVersion,
    // A login for a path is not valid for the whole registry, and no login for one path doesn't mean none for another.
    cacheKeyType: isGoogles ? 'Registry' : 'Image',
    cacheDuration: `${Math.max(Math.floor(cached / 1000), 0)}s`,
    auth:
      found === undefined
        ? {}
        : {
            [isGoogles ? registryOf(image) : found.key]: {
              username: found.login.username,
              password: found.login.secret,
            },
          },
  };
}

/**
 * The kubelet's rules: the same port, a prefix of the image's path, the same number of host labels, and `*` and `?` within
 * a label. Docker Hub's key is for images that name no other host.
 */
function matches(key: string, image: string): boolean {
  const registry = registryOf(image);
  if (key === HUB_KEY) return registry === '' || registry === 'docker.io' || !/[.:]|^localhost$/.test(registry);
  const [host = '', ...path] = key.split('/');
  return hostMatches(host, registry) && image.slice(registry.length + 1).startsWith(path.join('/'));
}

function hostMatches(key: string, registry: string): boolean {
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
