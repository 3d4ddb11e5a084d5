import type { Logger } from '../../core/log.ts';
import type { KindContainer } from '../kind/containers.ts';
import type { ItemSource } from './refresher.ts';

/** Which nodes are looked after, and how. */
export interface NodesContext {
  /** All of kind's containers. Throws when the engine does not answer. */
  readonly containers: () => Promise<readonly KindContainer[]>;
  /** The rule by which clusters are chosen; asked at each look, since the user may choose another meanwhile. */
  readonly chosen: () => Promise<(cluster: string) => boolean>;
  /** Gives a node an agent with valid credentials; resolves with when to look again, undefined for never. */
  readonly reconcile: (node: KindContainer) => Promise<Date | undefined>;
  readonly log: Logger;
}

/** The running nodes of the chosen clusters. Logs once which clusters are ignored. */
export function nodeItems({ containers, chosen, reconcile, log }: NodesContext): ItemSource {
  let ignored: readonly string[] = [];
  return {
    name: 'kind nodes',
    async items() {
      const [found, isChosen] = await Promise.all([containers(), chosen()]);
      const nodes = found.filter(({ isNode, running }) => isNode && running);
      const others = [...new Set(nodes.map(({ cluster }) => cluster))].filter((cluster) => !isChosen(cluster));
      for (const cluster of others.filter((name) => !ignored.includes(name))) {
        log.info('ignoring a cluster that was not chosen', { cluster, choose: `kindgcr install --name ${cluster}` });
      }
      ignored = others;
      return nodes
        .filter(({ cluster }) => isChosen(cluster))
        .map((node) => ({ key: node.life, name: node.name, reconcile: () => reconcile(node) }));
    },
  };
}
