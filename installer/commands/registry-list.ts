import { InvalidArgumentError } from 'commander';
import { googleDockerHost } from '../../core/registry/google-hosts.ts';

/** Reads a list of Google's Docker registries, separated by commas. Throws commander's own error. */
export function registryList(value: string): readonly string[] {
  return value.split(',').map((name) => {
    const host = googleDockerHost(name);
    if (host === undefined) throw new InvalidArgumentError(`"${name.trim()}" is not a private Google Docker registry.`);
    return host;
  });
}
