import type { Env } from '../../../core/system/user-folders.ts';

/**
 * The variables that select the engine, the account and the proxy. A service manager does not have them, and its PATH may
 * lack docker or gcloud.
 */
const NAMES: readonly string[] = [
  'PATH',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'CONTAINER_HOST',
  'KIND_EXPERIMENTAL_PROVIDER',
  'CLOUDSDK_CONFIG',
  'CLOUDSDK_ACTIVE_CONFIG_NAME',
  'CLOUDSDK_PYTHON',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  'NODE_EXTRA_CA_CERTS',
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/** The variables for a service, and the names of those that hold a password and are withheld from its file. */
export function serviceEnvironment(env: Env): {
  readonly env: Readonly<Record<string, string>>;
  readonly withheld: readonly string[];
} {
  const set = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return Boolean(value) && (NAMES.includes(name) || name.startsWith('KINDGCR_'));
  });
  const withheld = set.filter(([, value]) => hasPassword(value)).map(([name]) => name);
  return { env: Object.fromEntries(set.filter(([name]) => !withheld.includes(name))), withheld };
}

function hasPassword(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i.test(value);
}
