import { type ErrorCode, KindGcrError } from '../../core/errors.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import type { Person } from '../../core/system/user-folders.ts';
import type { KindCluster } from '../kind/clusters.ts';
import type { KindNode } from '../kind/node.ts';
import { nodeFacts } from '../ways/agent/inspect-node.ts';
import { agentStatus } from '../ways/agent/put-agent.ts';
import { mountedFolder } from '../ways/mounted-config/folder.ts';

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
  /** End of the login in a mounted config; null where there is none. */
  readonly mountedUntil: string | null;
  readonly trouble: NodeTrouble | null;
}

/** How a cluster stands; `gone` when kindgcr remembers it and there is no such cluster any more. */
export interface ClusterState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'gone';
  readonly nodes: readonly NodeState[];
}

const NOTHING = { agent: null, isAtWork: false, instead: null, mountedUntil: null, trouble: null } as const;

/** Asks every node of a cluster at once. Never throws for what is wrong with one. */
export async function clusterState(
  name: string,
  cluster: KindCluster | undefined,
  person: Person,
): Promise<ClusterState> {
  if (cluster === undefined) return { name, state: 'gone', nodes: [] };
  const mountedUntil = (await mountedFolder(name, person).times())?.expiresAt ?? null;
  const running = await Promise.all(cluster.running.map((node) => nodeState(node, mountedUntil)));
  const stopped = cluster.stopped.map((node): NodeState => ({ ...NOTHING, name: node, state: 'stopped' }));
  return { name, state: running.length > 0 ? 'running' : 'stopped', nodes: [...running, ...stopped] };
}

async function nodeState(node: KindNode, mountedUntil: string | null): Promise<NodeState> {
  const state = { ...NOTHING, name: node.name, state: 'running' } as const;
  try {
    const { hasAgent, isAtWork, instead = null } = await nodeFacts(node);
    const agent = hasAgent ? await agentStatus(node) : null;
    return { ...state, isAtWork, instead, agent, mountedUntil: instead === 'mounted-config' ? mountedUntil : null };
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    const { code, message, hint } = error;
    return { ...state, trouble: { code, message, hint } };
  }
}
