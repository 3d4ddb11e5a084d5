import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type ErrorCode, EXIT_CODES, KindGcrError } from '../core/errors.ts';
import type { AgentConfig } from '../core/node/agent-config.ts';
import type { Handover } from '../core/node/handover.ts';
import { AGENT_SERVICE, nodeLayout } from '../core/node/layout.ts';
import { type StatusReport, StatusReportSchema } from '../core/node/status-report.ts';
import type { RegistryLogin } from '../core/registry/registry-login.ts';
import type { AgentExecutable } from './agent-executable.ts';
import { agentUnit } from './agent-unit.ts';
import type { KindNode } from './kind-node.ts';

const layout = nodeLayout();

/** Milliseconds: a pass may ask Google, and restart a kubelet and wait until that is healthy. */
const PASS_TIME = 150_000;

/** Everything that one node gets. */
export interface AgentSetup {
  readonly executable: AgentExecutable;
  readonly config: AgentConfig;
  /** The text of a service account key, when the node is to feed itself. */
  readonly key: string | undefined;
  /** Logins for a node that is fed by this host. */
  readonly logins: readonly RegistryLogin[];
}

/** Whether the agent's service was ever set up in this node. */
export async function hasAgent(node: KindNode): Promise<boolean> {
  return (await node.exec(['test', '-e', layout.unit])).exitCode === 0;
}

/** Puts the agent into a node and waits until the node's credentials are valid. Safe to repeat. Throws NODE_FAILED. */
export async function putAgent(
  node: KindNode,
  { executable, config, key, logins }: AgentSetup,
  { signal, step }: { readonly signal: AbortSignal; readonly step: (what: string) => void },
): Promise<StatusReport> {
  const changes: boolean[] = [];
  if (!(await hasExecutable(node, executable))) {
    step('copying the agent');
    await node.copyExecutable(executable.path, layout.agent);
    changes.push(true);
  }
  signal.throwIfAborted();
  step('configuring it');
  if (key === undefined) await node.run(['rm', '-f', layout.keyfile]);
  else changes.push(await node.writeFile(layout.keyfile, key, 0o600));
  changes.push(await node.writeFile(layout.agentConfig, `${JSON.stringify(config, undefined, 2)}\n`, 0o600));
  changes.push(await node.writeFile(layout.unit, agentUnit(layout), 0o644));
  signal.throwIfAborted();
  step('starting it');
  if (changes.includes(true)) {
    await node.run(['systemctl', 'daemon-reload']);
    await node.run(['systemctl', 'enable', AGENT_SERVICE]);
    await node.run(['systemctl', 'restart', AGENT_SERVICE]);
  } else {
    await node.run(['systemctl', 'enable', '--now', AGENT_SERVICE]);
  }
  if (logins.length > 0) await handOver(node, logins);
  step('waiting for valid credentials');
  return await untilValid(node, signal);
}

/** Hands fresh logins to a node's agent, on stdin, and waits until they are in force. Throws NODE_FAILED. */
export async function handOver(node: KindNode, logins: readonly RegistryLogin[]): Promise<void> {
  const handover: Handover = { version: 1, logins: [...logins] };
  await node.run([layout.agent, 'receive'], { input: JSON.stringify(handover), timeout: PASS_TIME });
}

/** Asks the agent how it fares. Throws NODE_FAILED when it does not answer. */
export async function agentStatus(node: KindNode): Promise<StatusReport> {
  const stdout = await node.run([layout.agent, 'status', '--json'], { timeout: 30_000 });
  const report = v.safeParse(StatusReportSchema, parse(stdout));
  if (report.success) return report.output;
  throw new KindGcrError('NODE_FAILED', `${node.name}: the agent's status can't be read`, {
    hint: 'Its version may differ from this one: run kindgcr install again.',
  });
}

/** Takes the agent and all it wrote out of a node; what was there before it comes back. Safe on a half-done install. */
export async function removeAgent(node: KindNode): Promise<void> {
  await node.exec(['systemctl', 'disable', '--now', AGENT_SERVICE], { timeout: 60_000 });
  if ((await node.exec(['test', '-x', layout.agent])).exitCode === 0) {
    await node.run([layout.agent, 'withdraw'], { timeout: 60_000 });
  }
  const files = [layout.unit, layout.agent, `${layout.agent}.new`];
  await node.run(['rm', '-rf', ...files, '/etc/kindgcr', '/var/lib/kindgcr', '/run/kindgcr']);
  await node.run(['systemctl', 'daemon-reload']);
}

async function hasExecutable(node: KindNode, { sha256 }: AgentExecutable): Promise<boolean> {
  const { stdout } = await node.exec(['sha256sum', layout.agent]);
  return stdout.startsWith(`${sha256} `);
}

async function untilValid(node: KindNode, signal: AbortSignal): Promise<StatusReport> {
  const deadline = Date.now() + PASS_TIME;
  for (;;) {
    signal.throwIfAborted();
    const report = await agentStatus(node);
    if (report.credentials === 'valid' && report.lastSuccessAt !== null) return report;
    const failure = report.lastFailure;
    const hopeless =
      failure !== null && (failure.code === 'CREDENTIAL_INVALID' || failure.code === 'CREDENTIAL_NOT_FOUND');
    if (hopeless || Date.now() > deadline) {
      throw new KindGcrError(
        failure !== null && isErrorCode(failure.code) ? failure.code : 'NODE_FAILED',
        `${node.name}: ${failure?.message ?? 'the agent has no valid credentials yet'}`,
        { hint: failure?.hint ?? `See what it says: docker exec ${node.name} journalctl -u ${AGENT_SERVICE}` },
      );
    }
    await sleep(500, undefined, { signal });
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return code in EXIT_CODES;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
