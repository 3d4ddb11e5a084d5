import { errorMessage, KindGcrError } from '../core/errors.ts';
import type { KindNode } from './kind-node.ts';

/** What came of one node. */
export interface NodeOutcome<T> {
  readonly node: KindNode;
  readonly result: T;
}

/**
 * Does the same to every node at once and waits for all of them. When some fail, the others are still done; then it
 * throws one error that names each failed node, with the code and hint of the first.
 */
export async function eachNode<T>(
  nodes: readonly KindNode[],
  work: (node: KindNode) => Promise<T>,
): Promise<readonly NodeOutcome<T>[]> {
  const settled = await Promise.allSettled(nodes.map(work));
  const failures = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const [first] = failures;
  if (failures.length > 0) {
    const bug = failures.find((failure) => !(failure instanceof KindGcrError));
    if (bug !== undefined) throw bug;
    const known = first as KindGcrError;
    if (failures.length === 1 && nodes.length === 1) throw known;
    throw new KindGcrError(
      known.code,
      `${failures.length} of ${nodes.length} nodes failed: ${failures.map(errorMessage).join('; ')}`,
      {
        hint: known.hint,
        cause: known,
      },
    );
  }
  return settled.flatMap((outcome, index) => {
    const node = nodes[index];
    return outcome.status === 'fulfilled' && node !== undefined ? [{ node, result: outcome.value }] : [];
  });
}
