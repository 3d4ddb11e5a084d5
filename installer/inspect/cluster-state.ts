import { type ErrorCode, KindGcrError } from '../../core/errors.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import type { User } from '../../core/system/user-folders.ts';
import type { KindCluster } from '../kind/clusters.ts';
import type { KindNode } from '../kind/node.ts';
import { nodeFacts } from '../ways/agent/inspect-node.ts';
import { agentStatus } from '../ways/agent/put-agent.ts';
import { mountedFolder } from '../ways/mounted-config/folder.ts';

/** What is wrong with a node, for people. */
export interface NodeTrouble {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** The state of a node. */
export interface NodeState {
  readonly name: string;
  readonly state: 'running' | 'stopped';
  /** The agent's status; null when there is none, or it does not answer. */
  readonly agent: StatusReport | null;
  /** Whether the agent's service is enabled and runs. */
  readonly isAtWork: boolean;
  /** What the kubelet uses without an agent: a service account key, or a config of this machine. */
  readonly instead: 'static-key' | 'mounted-config' | null;
  /** Expiry of the login in a mounted config; null without one. */
  readonly mountedUntil: string | null;
  readonly trouble: NodeTrouble | null;
}

/** The state of a cluster; `gone` when it is in the settings but no longer exists. */
export interface ClusterState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'gone';
  readonly nodes: readonly NodeState[];
}

const NOTHING = { agent: null, isAtWork: false, instead: null, mountedUntil: null, trouble: null } as const;

/** Asks all nodes of a cluster at once. Does not throw for a node that fails. */
export async function clusterState(name: string, cluster: KindCluster | undefined, user: User): Promise<ClusterState> {
  if (cluster === undefined) return { name, state: 'gone', nodes: [] };
  const mountedUntil = (await mountedFolder(name, user).times())?.expiresAt ?? null;
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
