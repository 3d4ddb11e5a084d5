import { KindGcrError } from '../../../core/errors.ts';
import { nodeLayout } from '../../../core/node/layout.ts';
import { findCluster } from '../../kind/clusters.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';
import type { NodeMount } from '../../kind/kind-config.ts';

/**
 * Throws NODE_FAILED where a node does not see the config that it mounts. An engine in a virtual machine mounts an empty
 * folder of that machine in place of one that is not shared with it.
 */
export async function checkNodesSee({ hostPath }: NodeMount, cluster: string, engine: ContainerEngine): Promise<void> {
  const { running } = await findCluster(engine, cluster);
  const seen = await Promise.all(running.map((node) => node.exec(['test', '-s', nodeLayout().mountedDockerConfig])));
  const blind = running.filter((_, index) => seen[index]?.exitCode !== 0).map(({ name }) => name);
  if (blind.length === 0) return;
  throw new KindGcrError('NODE_FAILED', `the mounted config is not visible in ${blind.join(', ')}`, {
    hint: `Share ${hostPath} with the virtual machine of ${engine.name}, or leave --mount-config out; then: kind delete cluster --name ${cluster}, and create it again`,
  });
}
