import type { RestartPolicy } from '../../core/node/agent-config.ts';
import { AGENT_SERVICE, nodeLayout } from '../../core/node/layout.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import type { KindNode } from '../kind/node.ts';
import { writeNodeFile } from '../kind/write-node-file.ts';
import { unregisterPlugin } from '../kubelet-plugin/registration.ts';
import type { AgentExecutable } from '../node-agent/executable.ts';
import { type NodeFacts, sendExecutable } from '../node-agent/files.ts';
import { handOver } from '../node-agent/put-agent.ts';
import { staticLogin } from './static-login.ts';

const layout = nodeLayout();

const PUT_IN_PLACE = 'chown 0:0 "$1.new" && chmod 755 "$1.new" && mv -f "$1.new" "$1"';

/** What a node gets to pull with a key for ever. */
export interface StaticSetup {
  readonly executable: AgentExecutable;
  /** The text of a service account key. */
  readonly key: string;
  readonly restart: RestartPolicy;
}

/**
 * Has the agent write the key into the kubelet's config.json, once, and leaves no service behind; an agent that ran
 * before is stopped for good. The executable stays, since it knows how to take it all out again. Throws NODE_FAILED.
 */
export async function putStatic(
  node: KindNode,
  { executable, key, restart }: StaticSetup,
  facts: NodeFacts,
): Promise<StatusReport> {
  if (facts.agentSha256 !== executable.sha256) {
    await sendExecutable(node, executable.path);
    await node.run(['sh', '-c', PUT_IN_PLACE, 'sh', layout.agent]);
  }
  await node.exec(['systemctl', 'disable', '--now', AGENT_SERVICE], { timeout: 60_000 });
  await node.run(['rm', '-f', layout.unit, layout.keyfile]);
  await node.run(['systemctl', 'daemon-reload']);
  const config = { version: 1, source: 'host', restart };
  await writeNodeFile(node, layout.agentConfig, `${JSON.stringify(config, undefined, 2)}\n`, 0o600);
  const report = await handOver(node, [staticLogin(key)]);
  await unregisterPlugin(node);
  return report;
}

/** What `putStatic` would change in a node. */
export function plannedStatic(facts: NodeFacts, executable: AgentExecutable): readonly string[] {
  return [
    ...(facts.agentSha256 === executable.sha256 ? [] : ['copy the agent']),
    ...(facts.hasAgent ? ['stop its service for good'] : []),
    'write the key',
  ];
}
