import { DEFAULT_HOSTS, googleDockerHost } from '../../../core/registry/google-hosts.ts';
import { readDockerConfig } from '../../../core/registry/read-docker-config.ts';
import { dockerConfigFile, type Person } from '../../../core/system/user-folders.ts';
import { registeredHosts } from '../../host/docker/helper-registration.ts';

/**
 * The hosts that a pull secret is for: gcr.io and its regional names, what Docker asks kindgcr for, and what the person
 * names. Whole host names, since not every reader of such a secret knows the kubelet's globs. Throws CONFIG_INVALID.
 */
export async function secretRegistries(more: readonly string[], person: Person): Promise<readonly string[]> {
  const registered = registeredHosts(await readDockerConfig(dockerConfigFile(person)));
  const hosts = [...DEFAULT_HOSTS, ...registered, ...more];
  return [...new Set(hosts.flatMap((host) => googleDockerHost(host) ?? []))];
}
