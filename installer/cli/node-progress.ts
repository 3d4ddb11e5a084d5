import { type NodeAttempt, tryEachNode } from '../kind/each-node.ts';
import type { KindNode } from '../kind/node.ts';
import type { Terminal } from './terminal.ts';

/** Work on one node that reports its steps. */
export type NodeWork<T> = (node: KindNode, step: (what: string) => void) => Promise<T>;

/**
 * Works on all nodes at once and shows the progress: on a terminal a line for each node that changes, elsewhere a line for
 * each step. Waits for all; failures are in the result.
 */
export async function withProgress<T>(
  nodes: readonly KindNode[],
  work: NodeWork<T>,
  terminal: Terminal,
): Promise<readonly NodeAttempt<T>[]> {
  if (terminal.isLive) return await terminal.whileHolding(() => onLines(nodes, work, terminal));
  return await tryEachNode(nodes, (node) => work(node, (what) => terminal.log.info(`${node.name}: ${what}`)));
}

async function onLines<T>(nodes: readonly KindNode[], work: NodeWork<T>, { stderr }: Terminal) {
  const lines = new Map(nodes.map(({ name }) => [name, 'looking']));
  const width = Math.max(...nodes.map(({ name }) => name.length));
  const { createLogUpdate } = await import('log-update'); // only terminals need it
  // The cursor stays visible: to restore it, the library would handle signals itself, and Ctrl-C has to roll back first.
  const screen = createLogUpdate(stderr, { showCursor: true });
  const show = (name: string, what: string) => {
    lines.set(name, what);
    screen(
      [...lines].map(([node, step]) => `  ${node.padEnd(width)}  ${step}`.slice(0, stderr.columns || 80)).join('\n'),
    );
  };
  try {
    return await tryEachNode(nodes, async (node) => {
      show(node.name, 'looking');
      try {
        const result = await work(node, (what) => show(node.name, `${what} …`));
        show(node.name, 'done');
        return result;
      } catch (error) {
        show(node.name, 'failed');
        throw error;
      }
    });
  } finally {
    screen.clear(); // the outcome of each node is printed next
    screen.done();
  }
}
