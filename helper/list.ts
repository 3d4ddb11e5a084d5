import { DEFAULT_HOSTS, googleDockerHost, TOKEN_USERNAME } from '../core/registry/google-hosts.ts';
import { HELPER } from '../core/registry/helper-name.ts';
import { LARGEST_DOCKER_CONFIG, readUserFile } from '../core/system/read-user-file.ts';
import { dockerConfigFiles, type User } from '../core/system/user-folders.ts';

/**
 * The registries that Docker asks this helper for, each with its username, from the docker config alone: those of
 * `credHelpers`, and if the helper is the `credsStore` (the legacy builder sends only the logins that it lists), the
 * default ones and those with an entry in `auths`. A config that can't be read means none, since a failing `list` fails
 * the client's whole build.
 */
export function listConfigured(user: User): Readonly<Record<string, string>> {
  const hosts = dockerConfigFiles(user).flatMap(configuredHosts);
  return Object.fromEntries(
    hosts.filter((host) => googleDockerHost(host) !== undefined).map((host) => [host, TOKEN_USERNAME]),
  );
}

function configuredHosts(path: string): readonly string[] {
  const { credHelpers, credsStore, auths } = readConfig(path);
  const named = Object.entries(objectOf(credHelpers)).filter(([, helper]) => helper === HELPER);
  return [
    ...named.map(([host]) => host),
    ...(credsStore === HELPER ? [...DEFAULT_HOSTS, ...Object.keys(objectOf(auths))] : []),
  ];
}

function readConfig(path: string): Readonly<Record<string, unknown>> {
  try {
    return { ...objectOf(JSON.parse(readUserFile(path, LARGEST_DOCKER_CONFIG).toString('utf8'))) };
  } catch {
    return {};
  }
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
