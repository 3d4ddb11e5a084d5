import { InvalidArgumentError, Option } from 'commander';
import { googleDockerHost } from '../../core/registry/google-hosts.ts';

/** `--registries`: `a,b` as bare hosts of Google Docker registries, none without it. */
export function registriesOption(help: string): Option {
  return new Option('--registries <hosts>', help).argParser(registryList).default([], 'none');
}

function registryList(value: string): readonly string[] {
  return value.split(',').map((name) => {
    const host = googleDockerHost(name);
    if (host === undefined) throw new InvalidArgumentError(`"${name.trim()}" is not a private Google Docker registry.`);
    return host;
  });
}
