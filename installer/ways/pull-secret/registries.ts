import { DEFAULT_HOSTS, googleDockerHost } from '../../../core/registry/google-hosts.ts';
import { readDockerConfig } from '../../../core/registry/read-docker-config.ts';
import { dockerConfigFile, type User } from '../../../core/system/user-folders.ts';
import { registeredHosts } from '../../host/docker/planned-registration.ts';

/**
 * The hosts that a pull secret is for: gcr.io and its regional names, the hosts that are registered with Docker, and those
 * that the user names. Exact names, since not every reader of such a secret supports the kubelet's globs. Throws CONFIG_INVALID.
 */
export async function secretRegistries(more: readonly string[], user: User): Promise<readonly string[]> {
  const registered = registeredHosts(await readDockerConfig(dockerConfigFile(user)));
  const hosts = [...DEFAULT_HOSTS, ...registered, ...more];
  return [...new Set(hosts.flatMap((host) => googleDockerHost(host) ?? []))];
}
