import type { RestartPolicy } from '../../../core/node/agent-config.ts';
import type { StatusReport } from '../../../core/node/status-report.ts';
import type { KindNode } from '../../kind/node.ts';
import type { AgentExecutable } from '../agent/executable.ts';
import type { NodeFacts } from '../agent/inspect-node.ts';
import { layout } from '../agent/paths.ts';
import { agentStatus } from '../agent/put-agent.ts';
import { type Attendance, swapAgent } from '../agent/swap.ts';
import type { Visit } from '../agent/visit.ts';
import { unregisterPlugin } from '../plugin/registration.ts';
import { staticLogin } from './static-login.ts';

/** What a node needs to pull with the key itself. */
export interface StaticSetup {
  readonly executable: AgentExecutable;
  /** The text of a service account key. */
  readonly key: string;
  readonly restart: RestartPolicy;
}

/**
 * Lets the agent write the key into the kubelet's config.json once, without a service; the service of an earlier install is
 * disabled. The executable stays, since uninstall needs it. All or nothing, as with an agent. Throws NODE_FAILED.
 */
export async function putStatic(
  node: KindNode,
  { executable, key, restart }: StaticSetup,
  visit: Visit,
  attendance: Attendance,
): Promise<StatusReport> {
  const config = { version: 1, source: 'host', restart };
  const files = [
    { path: layout.keyfile, content: undefined, mode: 0o600 },
    { path: layout.agentConfig, content: `${JSON.stringify(config, undefined, 2)}\n`, mode: 0o600 },
    { path: layout.unit, content: undefined, mode: 0o644 },
  ];
  const swap = { executable, files, runs: false, message: { version: 1 as const, logins: [staticLogin(key)] } };
  return await swapAgent(node, visit, swap, attendance, {
    untilValid: () => agentStatus(node),
    ...(visit.facts.hasPlugin ? { alsoDo: () => unregisterPlugin(node) } : {}),
  });
}

/** What `putStatic` would change in a node. */
export function plannedStatic(facts: NodeFacts, executable: AgentExecutable): readonly string[] {
  return [
    ...(facts.agentDigest === executable.digest ? [] : ['copy the agent']),
    ...(facts.hasAgent ? ['disable its service'] : []),
    'write the key',
  ];
}
