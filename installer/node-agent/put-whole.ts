import type { StatusReport } from '../../core/node/status-report.ts';
import type { CommandContext } from '../context.ts';
import type { KindNode } from '../kind/node.ts';
import { type AgentSetup, putAgent } from './put-agent.ts';

/** Puts the agent into a node, whole or not at all, and tells each step in the log. */
export async function putWhole(
  node: KindNode,
  setup: AgentSetup,
  { log, signal }: Pick<CommandContext, 'log' | 'signal'>,
): Promise<StatusReport> {
  return await putAgent(node, setup, { signal, step: (what) => log.info(`${node.name}: ${what}`) });
}
