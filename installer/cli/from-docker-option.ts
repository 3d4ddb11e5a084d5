import { InvalidArgumentError, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { registryName } from '../../core/registry/docker-login/registry-name.ts';

/** `--from-docker`: `a,b` as registries whose logins the nodes get from the user's Docker, or `all`. */
export function fromDockerOption(what = 'also give nodes the logins'): Option {
  return new Option(
    '--from-docker <registries>',
    `${what} that your Docker has for these registries, separated by commas, or "all"`,
  ).argParser((value: string) => {
    try {
      return registryNames(value);
    } catch (error) {
      if (error instanceof KindGcrError) throw new InvalidArgumentError(`${error.message}.`);
      throw error;
    }
  });
}

/** The registries in a list with commas, as Docker names them, or `all`. Throws USAGE. */
export function registryNames(value: string): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  return [...new Set(names.map((name) => (name === 'all' ? name : registryName(name).name)))];
}
