import { type Command, InvalidArgumentError, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { isClusterName } from '../kind/clusters.ts';

/** Which cluster a command is about, named as kind itself does it. */
export function clusterOption(): Option {
  return new Option('--name <cluster>', 'kind cluster')
    .env('KIND_CLUSTER_NAME')
    .default('kind')
    .argParser((name: string) => {
      if (isClusterName(name)) return name;
      throw new InvalidArgumentError('A kind cluster is named in lower-case letters, digits, dots and dashes.');
    });
}

/** Whether the person named the cluster, on the command line or by variable. */
export function isNamed(command: Command): boolean {
  return command.getOptionValueSource('name') !== 'default';
}

/** Throws USAGE when both one cluster and all are asked for; a variable that names one gives way to `--all`. */
export function refuseNameWithAll(all: boolean | undefined, command: Command): void {
  if (all === true && command.getOptionValueSource('name') === 'cli') {
    throw new KindGcrError('USAGE', '--name does not go with --all', { hint: 'Leave one of them out.' });
  }
}
