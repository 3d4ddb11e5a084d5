import type { Report } from '../../cli/command.ts';
import type { CommandContext } from '../../context.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';
import { type KindContainer, kindContainers } from '../../kind/containers.ts';
import type { NodeMount } from '../../kind/kind-config.ts';

/** What is done before and after kind creates a cluster. */
export interface Creation {
  /** Folders of this machine that each node mounts. */
  readonly mounts: readonly NodeMount[];
  /** After kind has created the cluster. */
  made(): Promise<Report>;
  /** After kind has failed or was stopped: removes everything of ours from what is left. */
  failed(): Promise<void>;
}

/** The containers that are left of a cluster that kind could not create; warns about them. */
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
