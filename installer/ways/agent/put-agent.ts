import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import type { LoginsMessage } from '../../../core/node/logins-message.ts';
import type { StatusReport } from '../../../core/node/status-report.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import type { KindNode } from '../../kind/node.ts';
import type { AgentExecutable } from './executable.ts';
import type { NodeFacts } from './inspect-node.ts';
import { layout, type NodeFile } from './paths.ts';
import { readReport } from './report.ts';
import type { Supply } from './supply.ts';
import { type Attendance, swapAgent } from './swap.ts';
import { agentUnit } from './unit.ts';
import { RECONCILE_TIME, untilValid } from './until-valid.ts';
import type { Visit } from './visit.ts';

/** Everything that one node gets. */
export interface AgentSetup extends Supply {
  readonly executable: AgentExecutable;
}

/** What an install would change in a node; empty for a node that is up to date. */
export function pendingChanges(facts: NodeFacts, setup: AgentSetup): readonly string[] {
  return [
    ...(facts.agentDigest === setup.executable.digest ? [] : ['copy the agent']),
    ...(facts.isUpToDate(agentFiles(setup)) ? [] : ['write its configuration']),
    ...(facts.isAtWork ? [] : ['start its service']),
  ];
}

/**
 * Puts the agent into a node and waits until the node's credentials are valid. Safe to repeat. All or nothing: when it
 * fails or is stopped, a node that had an agent has the same one again, and any other is untouched. Throws NODE_FAILED,
 * or what the agent says is wrong with its credential.
 */
export async function putAgent(
  node: KindNode,
  setup: AgentSetup,
  attendance: Attendance,
  visit: Visit,
): Promise<StatusReport> {
  const { executable, config, logins, owners } = setup;
  const { signal, step } = attendance;
  signal.throwIfAborted();
  if (pendingChanges(visit.facts, setup).length === 0) {
    step('checking the credentials');
    return await credentialsInForce(node, setup, attendance);
  }
  const isFed = config.source === 'host' || logins.length > 0;
  const message = isFed ? messageOf(logins, owners) : undefined;
  const swap = { executable, files: agentFiles(setup), runs: true, message };
  const after = { untilValid: () => untilValid(node.name, () => agentStatus(node), { signal }) };
  return await swapAgent(node, visit, swap, attendance, after);
}

/** Sends fresh logins to a node's agent, on stdin, and waits until they are in use. Throws NODE_FAILED. */
export async function sendLogins(
  node: KindNode,
  logins: readonly RegistryLogin[],
  { owners, signal }: { readonly owners?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<StatusReport> {
  const args = [layout.agent, 'receive', '--json'];
  const input = JSON.stringify(messageOf(logins, owners));
  return readReport(node, await node.run(args, { input, timeout: RECONCILE_TIME, signal }));
}

/** Asks the agent for its status. Throws NODE_FAILED when it does not answer. */
export async function agentStatus(node: KindNode): Promise<StatusReport> {
  return readReport(node, await node.run([layout.agent, 'status', '--json'], { timeout: 30_000 }));
}

function messageOf(logins: readonly RegistryLogin[], owners?: readonly string[]): LoginsMessage {
  return { version: 1, logins: [...logins], ...(owners && { owners: [...owners] }) };
}

function agentFiles({ config, key }: AgentSetup): readonly NodeFile[] {
  return [
    { path: layout.keyfile, content: key, mode: 0o600 },
    { path: layout.agentConfig, content: `${JSON.stringify(config, undefined, 2)}\n`, mode: 0o600 },
    { path: layout.unit, content: agentUnit(layout), mode: 0o644 },
  ];
}

async function credentialsInForce(
  node: KindNode,
  { config, logins, owners }: AgentSetup,
  { signal, step }: Attendance,
): Promise<StatusReport> {
  step('waiting for valid credentials');
  if (config.source === 'host') return await sendLogins(node, logins, { owners, signal });
  if (logins.length > 0) await sendLogins(node, logins, { owners, signal });
  const first = await agentStatus(node);
  if (first.failures === 0) return await untilValid(node.name, startingWith(first, node), { signal });
  // The agent may wait for up to an hour before it retries, and the user may have fixed the cause. The service only
  // reads the system's CAs when it starts: one that was added since needs a restart.
  await node.run(['systemctl', 'restart', AGENT_SERVICE], { timeout: RECONCILE_TIME });
  await node.exec([layout.agent, 'once'], { timeout: RECONCILE_TIME, signal });
  return await untilValid(node.name, () => agentStatus(node), { signal });
}

/** Returns the report that is known already, and then asks the agent. */
function startingWith(first: StatusReport, node: KindNode): () => Promise<StatusReport> {
  let known: StatusReport | undefined = first;
  return async () => {
    const report = known ?? (await agentStatus(node));
    known = undefined;
    return report;
  };
}
