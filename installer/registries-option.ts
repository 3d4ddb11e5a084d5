import { InvalidArgumentError } from 'commander';
import { googleDockerHost } from '../core/registry/google-hosts.ts';

/** Reads `a,b` as bare hosts of Google Docker registries. Throws commander's error for anything else. */
export function registryList(value: string): readonly string[] {
  return value.split(',').map((name) => {
    const host = googleDockerHost(name);
    if (host === undefined) throw new InvalidArgumentError(`"${name.trim()}" is not a private Google Docker registry.`);
    return host;
  });
}
