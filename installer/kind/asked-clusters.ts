import { KindGcrError } from '../../core/errors.ts';
import { allClusters, findCluster, type KindCluster } from './clusters.ts';
import type { ContainerEngine } from './container-engine.ts';

/** The clusters that a command is about: one by its name, or all. Throws NODE_NOT_FOUND when no node of them runs. */
export async function askedClusters(
  engine: ContainerEngine,
  { name, all }: { readonly name: string; readonly all?: boolean },
): Promise<readonly KindCluster[]> {
  if (!all) return [await findCluster(engine, name)];
  const clusters = await allClusters(engine);
  if (clusters.some(({ running }) => running.length > 0)) return clusters;
  throw new KindGcrError('NODE_NOT_FOUND', 'there is no kind cluster with a running node', {
    hint: 'Make one: kind create cluster; or start what is stopped: kind get clusters',
  });
}
