import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { KindNode } from './node.ts';

/** The result for one node. */
export interface NodeOutcome<T> {
  readonly node: KindNode;
  readonly result: T;
}

/** The result for one node, or its failure. */
export type NodeAttempt<T> = NodeOutcome<T> | { readonly node: KindNode; readonly failure: KindGcrError };

/** Works on all nodes at once and waits for all. An unexpected error is rethrown. */
export async function tryEachNode<T>(
  nodes: readonly KindNode[],
  work: (node: KindNode) => Promise<T>,
): Promise<readonly NodeAttempt<T>[]> {
  const settled = await Promise.allSettled(nodes.map(work));
  return settled.flatMap((outcome, index): NodeAttempt<T>[] => {
    const node = nodes[index];
    if (node === undefined) return [];
    if (outcome.status === 'fulfilled') return [{ node, result: outcome.value }];
    if (outcome.reason instanceof KindGcrError) return [{ node, failure: outcome.reason }];
    throw outcome.reason;
  });
}

/**
 * Works on all nodes at once and waits for all. When some fail, it then throws one error that names each of them, with the
 * code and hint of the first.
 */
export async function eachNode<T>(
  nodes: readonly KindNode[],
  work: (node: KindNode) => Promise<T>,
): Promise<readonly NodeOutcome<T>[]> {
  const attempts = await tryEachNode(nodes, work);
  const failure = failureOf(attempts);
  if (failure !== undefined) throw failure;
  return attempts.filter((attempt) => 'result' in attempt);
}

/** The failure of a single node, or one error that names each failed node; undefined when all succeeded. */
export function failureOf(attempts: readonly NodeAttempt<unknown>[]): KindGcrError | undefined {
  const failures = attempts.flatMap((attempt) => ('failure' in attempt ? [attempt.failure] : []));
  const [first] = failures;
  if (first === undefined || attempts.length === 1) return first;
  return new KindGcrError(
    first.code,
    `${failures.length} of ${attempts.length} nodes failed: ${failures.map(errorMessage).join('; ')}`,
    { hint: first.hint, cause: first },
  );
}

/**
 * The same for work that can be stopped: the interrupt, unless a node failed for another reason, since a failed rollback is
 * worse.
 */
export function failureUnlessStopped(
  attempts: readonly NodeAttempt<unknown>[],
  { aborted, reason }: AbortSignal,
): KindGcrError | undefined {
  const failures = attempts.filter((attempt) => !('failure' in attempt && attempt.failure.code === 'INTERRUPTED'));
  const failure = failureOf(failures);
  if (failure !== undefined || !aborted) return failure;
  return reason instanceof KindGcrError ? reason : undefined;
}
