import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type KindNode, kindNode } from './node.ts';

/** kind's labels on its containers; the same on every engine. */
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

/** The roles of nodes that run a kubelet. The load balancer of an HA cluster runs none and is left alone. */
const NODE_ROLES: readonly string[] = ['control-plane', 'worker'];

/** What kind allows as a cluster's name; anything else in a label was not put there by kind. */
const CLUSTER_NAME = /^[a-z0-9.-]+$/;

const ContainersSchema = v.array(
  v.object({
    Name: v.string(),
    State: v.object({ Running: v.boolean() }),
    Config: v.object({ Labels: v.nullish(v.record(v.string(), v.string())) }),
  }),
);

/** The nodes of a cluster that have a kubelet. */
export interface ClusterNodes {
  readonly running: readonly KindNode[];
  /** Names of those that are stopped. */
  readonly stopped: readonly string[];
}

/** A cluster by its name, with its nodes. */
export interface KindCluster extends ClusterNodes {
  readonly name: string;
}

/** Whether kind would accept this as a cluster's name. */
export function isClusterName(name: string): boolean {
  return CLUSTER_NAME.test(name);
}

/** Finds a cluster's nodes by kind's labels. Throws NODE_NOT_FOUND when there is no such cluster or none of it runs. */
export async function clusterNodes(engine: ContainerEngine, name: string): Promise<ClusterNodes> {
  const [cluster] = await clustersLabelled(engine, `${CLUSTER_LABEL}=${name}`, (found) => found === name);
  if (cluster === undefined) {
    const others = (await allClusters(engine)).map((other) => other.name);
    throw new KindGcrError('NODE_NOT_FOUND', `there is no kind cluster "${name}"`, {
      hint:
        others.length > 0
          ? `There is: ${others.join(', ')}. Name one with --name.`
          : 'See what exists: kind get clusters; name one with --name, or make it: kind create cluster',
    });
  }
  return mustRun(engine, cluster);
}

/** Every kind cluster on this engine that has nodes, by name. */
export async function allClusters(engine: ContainerEngine): Promise<readonly KindCluster[]> {
  return await clustersLabelled(engine, CLUSTER_LABEL, isClusterName);
}

/** The cluster itself, when any of its nodes is running. Throws NODE_NOT_FOUND when all are stopped. */
export function mustRun<T extends ClusterNodes & { readonly name: string }>(engine: ContainerEngine, cluster: T): T {
  if (cluster.running.length > 0) return cluster;
  throw new KindGcrError('NODE_NOT_FOUND', `no node of kind cluster "${cluster.name}" is running`, {
    hint: `Start it: ${engine.name} start ${cluster.stopped.join(' ')}`,
  });
}

async function clustersLabelled(
  engine: ContainerEngine,
  label: string,
  wanted: (cluster: string) => boolean,
): Promise<readonly KindCluster[]> {
  const ids = await containerIds(engine, label);
  const nodes = (ids.length === 0 ? [] : await inspect(engine, ids)).flatMap(({ Name, State, Config }) => {
    // Filters match in ways that differ between engines; the labels themselves decide.
    const cluster = Config.Labels?.[CLUSTER_LABEL];
    const isNode = NODE_ROLES.includes(Config.Labels?.[ROLE_LABEL] ?? '');
    if (cluster === undefined || !isNode || !wanted(cluster)) return [];
    return [{ cluster, name: Name.replace(/^\//, ''), isRunning: State.Running }];
  });
  const byName = Map.groupBy(
    nodes.sort((a, b) => inOrder(a.name, b.name)),
    ({ cluster }) => cluster,
  );
  return [...byName]
    .sort(([a], [b]) => inOrder(a, b))
    .map(([name, members]) => ({
      name,
      running: members.filter(({ isRunning }) => isRunning).map((node) => kindNode(engine, node.name)),
      stopped: members.filter(({ isRunning }) => !isRunning).map((node) => node.name),
    }));
}

function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

async function containerIds(engine: ContainerEngine, label: string): Promise<readonly string[]> {
  const result = await engine.run(['ps', '--all', '--quiet', '--filter', `label=${label}`]);
  if (result.exitCode !== 0) throw engineFailure(engine, 'list containers', result.stderr);
  return result.stdout.split('\n').filter((line) => line !== '');
}

async function inspect(engine: ContainerEngine, ids: readonly string[]) {
  const result = await engine.run(['inspect', ...ids]);
  // A container that was removed since it was listed fails the command; the others are on stdout all the same.
  const onlyGone = /no such (object|container)/i.test(result.stderr);
  if (result.exitCode !== 0 && !onlyGone) throw engineFailure(engine, 'inspect containers', result.stderr);
  const containers = v.safeParse(ContainersSchema, parsed(result.stdout));
  if (!containers.success) throw engineFailure(engine, 'describe containers in a form that is known', '');
  return containers.output;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function engineFailure(engine: ContainerEngine, what: string, stderr: string): KindGcrError {
  const said = redact(stderr.trim().split('\n')[0] ?? '');
  return new KindGcrError('ENGINE_NOT_FOUND', `${engine.name} could not ${what}${said === '' ? '' : `: ${said}`}`, {
    hint: `Try it by hand: ${engine.name} ps --all`,
  });
}
