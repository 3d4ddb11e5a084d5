import type { Report } from '../../cli/command.ts';
import type { CommandContext } from '../../context.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';
import { type KindContainer, kindContainers } from '../../kind/containers.ts';
import type { NodeMount } from '../../kind/kind-config.ts';

/** What is done for a cluster around its creation by kind. */
export interface Creation {
  /** Folders of this machine that each node sees from its first moment. */
  readonly mounts: readonly NodeMount[];
  /** After kind has made the cluster. */
  made(): Promise<Report>;
  /** After kind has failed or was stopped: leaves nothing of ours in what it has left. */
  failed(): Promise<void>;
}

/** What kind has left of a cluster that it could not make; warns of it, and says how to remove it. */
export async function leftByKind(
  engine: ContainerEngine,
  cluster: string,
  { log }: Pick<CommandContext, 'log'>,
): Promise<readonly KindContainer[]> {
  const left = await kindContainers(engine, cluster);
  if (left.length > 0)
    log.warn(`kind has left nodes of "${cluster}"; remove them: kind delete cluster --name ${cluster}`);
  return left;
}
