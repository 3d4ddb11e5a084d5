import { type ErrorCode, KindGcrError } from '../../core/errors.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import type { KindCluster } from '../kind/clusters.ts';
import type { KindNode } from '../kind/node.ts';
import { nodeFacts } from './files.ts';
import { agentStatus } from './put-agent.ts';

/** What is the matter with a node, worded for a person. */
export interface NodeTrouble {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** How a node stands. */
export interface NodeState {
  readonly name: string;
  readonly state: 'running' | 'stopped';
  /** What the agent says; null where there is none, or it does not answer. */
  readonly agent: StatusReport | null;
  /** Whether the agent's service is enabled and runs. */
  readonly isAtWork: boolean;
  /** What the kubelet finds where there is no agent: a service account key, or a config that this machine keeps. */
  readonly instead: 'static-key' | 'mounted-config' | null;
  readonly trouble: NodeTrouble | null;
}

/** How a cluster stands; `gone` when kindgcr remembers it and there is no such cluster any more. */
export interface ClusterState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'gone';
  readonly nodes: readonly NodeState[];
}

/** Asks every node of a cluster at once. Never throws for what is wrong with one. */
export async function clusterState(name: string, cluster: KindCluster | undefined): Promise<ClusterState> {
  if (cluster === undefined) return { name, state: 'gone', nodes: [] };
  const running = await Promise.all(cluster.running.map(nodeState));
  const stopped = cluster.stopped.map(
    (node): NodeState => ({ name: node, state: 'stopped', agent: null, isAtWork: false, instead: null, trouble: null }),
  );
  return { name, state: running.length > 0 ? 'running' : 'stopped', nodes: [...running, ...stopped] };
}

async function nodeState(node: KindNode): Promise<NodeState> {
  const state = { name: node.name, state: 'running' as const };
  try {
    const { hasAgent, isAtWork, instead = null } = await nodeFacts(node);
    return { ...state, isAtWork, instead, agent: hasAgent ? await agentStatus(node) : null, trouble: null };
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    const { code, message, hint } = error;
    return { ...state, isAtWork: false, instead: null, agent: null, trouble: { code, message, hint } };
  }
}
