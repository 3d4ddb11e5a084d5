import { errorMessage } from '../core/errors.ts';
import type { StatusReport } from '../core/node/status-report.ts';
import type { CommandContext } from './context.ts';
import type { KindNode } from './kind-node.ts';
import { type AgentSetup, hasAgent, putAgent, removeAgent } from './node-agent.ts';

/** Puts the agent into a node, which ends up with a working agent or, if it had none before, untouched. */
export async function putWhole(
  node: KindNode,
  setup: AgentSetup,
  { log, signal }: Pick<CommandContext, 'log' | 'signal'>,
): Promise<StatusReport> {
  const before = await hasAgent(node);
  try {
    return await putAgent(node, setup, { signal, step: (what) => log.info(`${node.name}: ${what}`) });
  } catch (error) {
    if (!before) {
      log.info(`${node.name}: taking the agent out again`);
      await removeAgent(node).catch((failure: unknown) => log.warn(`${node.name}: ${errorMessage(failure)}`));
    }
    throw error;
  }
}
