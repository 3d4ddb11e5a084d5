import * as v from 'valibot';
import { KindGcrError } from '../core/errors.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type KindNode, kindNode } from './kind-node.ts';

/** kind's labels on its containers; the same on every engine. */
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

/** The roles of nodes that run a kubelet. The load balancer of an HA cluster runs none and is left alone. */
const NODE_ROLES: readonly string[] = ['control-plane', 'worker'];

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

/** Finds a cluster's nodes by kind's labels. Throws NODE_NOT_FOUND when there is no such cluster or none of it runs. */
export async function clusterNodes(engine: ContainerEngine, cluster: string): Promise<ClusterNodes> {
  const ids = await containerIds(engine, cluster);
  const containers = ids.length === 0 ? [] : await inspect(engine, ids);
  const nodes = containers
    .filter(({ Config }) => {
      // Filters match in ways that differ between engines; the labels themselves decide.
      return Config.Labels?.[CLUSTER_LABEL] === cluster && NODE_ROLES.includes(Config.Labels[ROLE_LABEL] ?? '');
    })
    .map(({ Name, State }) => ({ name: Name.replace(/^\//, ''), running: State.Running }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const stopped = nodes.filter(({ running }) => !running).map(({ name }) => name);
  if (nodes.length === 0) {
    throw new KindGcrError('NODE_NOT_FOUND', `there is no kind cluster "${cluster}"`, {
      hint: 'See what exists: kind get clusters; name one with --name, or make it: kind create cluster',
    });
  }
  if (stopped.length === nodes.length) {
    throw new KindGcrError('NODE_NOT_FOUND', `no node of kind cluster "${cluster}" is running`, {
      hint: `Start it: ${engine.name} start ${stopped.join(' ')}`,
    });
  }
  return { running: nodes.filter(({ running }) => running).map(({ name }) => kindNode(engine, name)), stopped };
}

async function containerIds(engine: ContainerEngine, cluster: string): Promise<readonly string[]> {
  const result = await engine.run(['ps', '--all', '--quiet', '--filter', `label=${CLUSTER_LABEL}=${cluster}`]);
  if (result.exitCode !== 0) throw engineFailure(engine, 'list containers', result.stderr);
  return result.stdout.split('\n').filter((line) => line !== '');
}

async function inspect(engine: ContainerEngine, ids: readonly string[]) {
  const result = await engine.run(['inspect', ...ids]);
  if (result.exitCode !== 0) throw engineFailure(engine, 'inspect containers', result.stderr);
  return v.parse(ContainersSchema, JSON.parse(result.stdout));
}

function engineFailure(engine: ContainerEngine, what: string, stderr: string): KindGcrError {
  return new KindGcrError(
    'ENGINE_NOT_FOUND',
    `${engine.name} could not ${what}: ${stderr.trim().split('\n')[0] ?? ''}`,
    {
      hint: `Try it by hand: ${engine.name} ps --all`,
    },
  );
}
