import { Option } from 'commander';

/** Which cluster a command is about, named as kind itself does it. */
export function clusterOption(): Option {
  return new Option('--name <cluster>', 'kind cluster').env('KIND_CLUSTER_NAME').default('kind');
}
