import { type Command, InvalidArgumentError, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { isClusterName } from '../kind/clusters.ts';

/** `--name`: the kind cluster that a command acts on, as for kind itself. */
export function clusterOption(): Option {
  return new Option('--name <cluster>', 'kind cluster')
    .env('KIND_CLUSTER_NAME')
    .default('kind')
    .argParser((name: string) => {
      if (isClusterName(name)) return name;
      throw new InvalidArgumentError('The name of a kind cluster has lower-case letters, digits, dots and dashes.');
    });
}

/** Whether the user named the cluster, with the flag or the variable. */
export function isNamed(command: Command): boolean {
  return command.getOptionValueSource('name') !== 'default';
}

/** Throws USAGE for `--name` with `--all`; `--all` overrides the variable. */
export function refuseNameWithAll(all: boolean | undefined, command: Command): void {
  if (all === true && command.getOptionValueSource('name') === 'cli') {
    throw new KindGcrError('USAGE', "--name can't be combined with --all", { hint: 'Leave one of them out.' });
  }
}
