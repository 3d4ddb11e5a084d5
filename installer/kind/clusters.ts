import { KindGcrError } from '../../core/errors.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type KindContainer, kindContainers } from './containers.ts';
import { type KindNode, kindNode } from './node.ts';

/** Names that kind allows for a cluster; a label with anything else was not set by kind. */
const CLUSTER_NAME = /^[a-z0-9.-]+$/;

/** A cluster with its nodes that run a kubelet. */
export interface KindCluster {
  readonly name: string;
  /** The running nodes. */
  readonly running: readonly KindNode[];
  /** Names of the stopped ones. */
  readonly stopped: readonly string[];
  /** All of them, as the engine describes them. */
  readonly containers: readonly KindContainer[];
}

/** Whether kind would accept this as a cluster's name. */
export function isClusterName(name: string): boolean {
  return CLUSTER_NAME.test(name);
}

/** Finds a cluster by kind's labels. Throws NODE_NOT_FOUND when there is no such cluster or none of its nodes is running. */
export async function findCluster(engine: ContainerEngine, name: string): Promise<KindCluster> {
  const [cluster] = clustersOf(engine, await kindContainers(engine, name));
  if (cluster !== undefined) return mustRun(engine, cluster);
  const others = (await allClusters(engine)).map((other) => other.name);
  throw new KindGcrError('NODE_NOT_FOUND', `there is no kind cluster "${name}"`, {
    hint:
      others.length > 0
        ? `There is: ${others.join(', ')}. Name one with --name.`
        : 'List the clusters: kind get clusters; name one with --name, or create it: kind create cluster',
  });
}

/** Every kind cluster on this engine that has nodes, by name. */
export async function allClusters(engine: ContainerEngine): Promise<readonly KindCluster[]> {
  return clustersOf(engine, await kindContainers(engine)).filter(({ name }) => isClusterName(name));
}

/** The cluster itself, when any of its nodes is running. Throws NODE_NOT_FOUND when all are stopped. */
export function mustRun(engine: ContainerEngine, cluster: KindCluster): KindCluster {
  if (cluster.running.length > 0) return cluster;
  throw new KindGcrError('NODE_NOT_FOUND', `no node of kind cluster "${cluster.name}" is running`, {
    hint: `Start it: ${engine.name} start ${cluster.stopped.join(' ')}`,
  });
}

function clustersOf(engine: ContainerEngine, containers: readonly KindContainer[]): readonly KindCluster[] {
  const nodes = containers.filter(({ isNode }) => isNode).toSorted((a, b) => inOrder(a.name, b.name));
  return [...Map.groupBy(nodes, ({ cluster }) => cluster)]
    .sort(([a], [b]) => inOrder(a, b))
    .map(([name, members]) => ({
      name,
      running: members.filter(({ running }) => running).map((node) => kindNode(engine, node.name)),
      stopped: members.filter(({ running }) => !running).map((node) => node.name),
      containers: members,
    }));
}

function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
