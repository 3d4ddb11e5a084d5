import { readFileSync } from 'node:fs';
import { googleDockerHost, TOKEN_USERNAME } from '../core/registry/google-hosts.ts';
import { HELPER } from '../core/registry/helper-name.ts';
import { dockerConfigFiles, type Person } from '../core/system/user-folders.ts';

/**
 * The registries that Docker is told to ask this helper for, each with its username; from the docker config alone,
 * nobody is asked. A config that can't be read means none: clients fail a whole build when `list` fails.
 */
export function listConfigured(person: Person): Readonly<Record<string, string>> {
  const names = dockerConfigFiles(person)
    .flatMap((path) => Object.entries(credHelpersOf(path)))
    .filter(([host, helper]) => helper === HELPER && googleDockerHost(host) !== undefined)
    .map(([host]) => [host, TOKEN_USERNAME]);
  return Object.fromEntries(names);
}

function credHelpersOf(path: string): object {
  try {
    const config: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof config !== 'object' || config === null || !('credHelpers' in config)) return {};
    return typeof config.credHelpers === 'object' && config.credHelpers !== null ? config.credHelpers : {};
  } catch {
    return {};
  }
}
