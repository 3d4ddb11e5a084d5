import { availableParallelism } from 'node:os';
import type { ExecResult } from '../../../core/system/exec.ts';
import type { KindNode } from '../../kind/node.ts';
import { REMOVE_FIRST_CONFIG } from './first-config.ts';
import { LOOK, lookArguments, type NodeFacts, readFacts } from './inspect-node.ts';
import { layout } from './paths.ts';
import { SWAP } from './swap-scripts.ts';

/** Milliseconds for the command to exit when there is nothing to do. */
const LEAVE_TIME = 30_000;

const REMOVE = `${REMOVE_FIRST_CONFIG}note=$1 config=$2; remove_first_config`;

/** A node that has been looked at. */
export interface Visit {
  readonly facts: NodeFacts;
  /**
   * Runs SWAP with that stdin and resolves with its result. `timeout` is in milliseconds. The command that inspected the node is
   * still running and goes on with this: starting another one takes a quarter of a second.
   */
  proceed(stdin: string, timeout: number): Promise<ExecResult>;
}

/** Work on a node that has been looked at. */
type Work<T> = (visit: Visit) => Promise<T>;

/**
 * Looks at a node, gives it the first credentials, the text of a `config.json`, where it has none, and does the work. When
 * that fails, what the look wrote is removed again. Throws NODE_FAILED and what `work` throws.
 */
export async function visit<T>(node: KindNode, firstConfig: string, work: Work<T>): Promise<T> {
  return await undoneIfFailed(node, await look(node, firstConfig, { wait: false }), work);
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
    const seen = await look(node, firstConfig, { wait: count > 1 }).finally(() => {
      unseen -= 1;
      if (unseen === 0) all.resolve();
    });
    return await undoneIfFailed(node, seen, async () => {
      await all.promise;
      return await limited(() => work(seen));
    });
  };
}

/** A visit whose command can be ended when there is nothing to swap. */
interface OpenVisit extends Visit {
  leave(): Promise<void>;
}

async function look(node: KindNode, firstConfig: string, { wait }: { readonly wait: boolean }): Promise<OpenVisit> {
  const args = ['sh', '-c', LOOK + SWAP, 'sh', ...lookArguments({ wait })];
  const line = Buffer.from(firstConfig, 'utf8').toString('base64');
  const { answer, finish } = await node.converse(args, line, wait ? 120_000 : 60_000);
  let isWaiting = true;
  const proceed: Visit['proceed'] = async (stdin, timeout) => {
    isWaiting = false;
    return await finish(stdin, timeout);
  };
  const leave = async () => {
    if (isWaiting) await proceed('', LEAVE_TIME);
  };
  try {
    return { facts: readFacts(node, answer), proceed, leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function undoneIfFailed<T>(node: KindNode, visit: OpenVisit, work: Work<T>): Promise<T> {
  try {
    return await work(visit);
  } catch (error) {
    if (visit.facts.gotFirstCredentials) {
      await node.exec(['sh', '-c', REMOVE, 'sh', layout.firstCredentials, layout.kubeletDockerConfig]);
    }
    throw error;
  } finally {
    await visit.leave();
  }
}
