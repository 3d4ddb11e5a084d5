import { KindGcrError } from '../../core/errors.ts';
import { allClusters, findCluster, type KindCluster } from './clusters.ts';
import type { ContainerEngine } from './container-engine.ts';

/** The clusters that a command acts on: one by its name, or all. Throws NODE_NOT_FOUND when none of their nodes is running. */
export async function askedClusters(
  engine: ContainerEngine,
  { name, all }: { readonly name: string; readonly all?: boolean },
): Promise<readonly KindCluster[]> {
  if (!all) return [await findCluster(engine, name)];
  const clusters = await allClusters(engine);
  if (clusters.some(({ running }) => running.length > 0)) return clusters;
  throw new KindGcrError('NODE_NOT_FOUND', 'there is no kind cluster with a running node', {
    hint: 'Create one: kind create cluster; or start a stopped one: kind get clusters',
  });
}
