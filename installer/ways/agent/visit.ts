import { availableParallelism } from 'node:os';
import type { KindNode } from '../../kind/node.ts';
import { REMOVE_FIRST_CONFIG } from './first-config.ts';
import { type NodeFacts, nodeFacts } from './inspect-node.ts';
import { layout } from './paths.ts';

const REMOVE = `${REMOVE_FIRST_CONFIG}note=$1 config=$2; remove_first_config`;

/** Work on a node that has been looked at. */
type Work<T> = (facts: NodeFacts) => Promise<T>;

/**
 * Looks at a node, gives it the first credentials, the text of a `config.json`, where it has none, and does the work. When
 * that fails, what the look wrote is removed again. Throws NODE_FAILED and what `work` throws.
 */
export async function visit<T>(node: KindNode, firstConfig: string, work: Work<T>): Promise<T> {
  return await undoneIfFailed(node, await nodeFacts(node, { config: firstConfig, wait: false }), work);
}

/**
 * The same for that many nodes, each of which must be visited. Kubelets that restart for their first credentials need all
 * of a small machine: the work, which their pulls don't need, waits until all are healthy, and is then done on no more nodes
 * at a time than there are processors.
 */
export async function visitNodes(
  count: number,
  firstConfig: string,
): Promise<<T>(node: KindNode, work: Work<T>) => Promise<T>> {
  const { default: pLimit } = await import('p-limit'); // only installs need it
  const limited = pLimit(availableParallelism());
  const all = Promise.withResolvers<void>();
  let unseen = count;
  return async (node, work) => {
    const look = nodeFacts(node, { config: firstConfig, wait: count > 1 });
    const facts = await look.finally(() => {
      unseen -= 1;
      if (unseen === 0) all.resolve();
    });
    return await undoneIfFailed(node, facts, async () => {
      await all.promise;
      return await limited(() => work(facts));
    });
  };
}

async function undoneIfFailed<T>(node: KindNode, facts: NodeFacts, work: Work<T>): Promise<T> {
  try {
    return await work(facts);
  } catch (error) {
    if (facts.gotFirstCredentials) {
      await node.exec(['sh', '-c', REMOVE, 'sh', layout.firstCredentials, layout.kubeletDockerConfig]);
    }
    throw error;
  }
}
