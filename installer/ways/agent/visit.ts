import type { KindNode } from '../../kind/node.ts';
import { REMOVE_FIRST_CONFIG } from './first-config.ts';
import { type NodeFacts, nodeFacts } from './inspect-node.ts';
import { layout } from './paths.ts';

const REMOVE = `${REMOVE_FIRST_CONFIG}note=$1 config=$2; remove_first_config`;

/**
 * Looks at a node, gives it `firstConfig` where it has no credentials, and does the work. When that fails, what the look
 * wrote is removed again. Throws NODE_FAILED and what `work` throws.
 */
export async function visit<T>(
  node: KindNode,
  firstConfig: string | undefined,
  work: (facts: NodeFacts) => Promise<T>,
): Promise<T> {
  const facts = await nodeFacts(node, firstConfig);
  try {
    return await work(facts);
  } catch (error) {
    if (facts.gotFirstCredentials) {
      await node.exec(['sh', '-c', REMOVE, 'sh', layout.firstCredentials, layout.kubeletDockerConfig]);
    }
    throw error;
  }
}
