import { setTimeout as sleep } from 'node:timers/promises';
import { type LabNode, startLabNode } from '../../test/e2e/lab-node.ts';
import type { LabFacts } from '../../test/support/lab/lab-world.ts';

/** A private image that no new node of the lab has. */
const IMAGE = 'gcr.io/private/app:1';

/** Prints when a node's newest container was started, in seconds since 1970: containerd then writes its process's number. */
const NEWEST_CONTAINER =
  'stat --format %.Y /run/containerd/io.containerd.runtime.v2.task/k8s.io/*/init.pid | sort --numeric-sort | tail --lines 1';

/** Nodes of one cluster, each with a pod that waits for its private image. */
export interface WaitingCluster {
  readonly name: string;
  /**
   * Waits until every pod runs, and resolves with the time at which the last one's container was started, in milliseconds
   * since 1970. That is asked of containerd afterwards: polling would slow down what is measured. Rejects when it takes more
   * than ten minutes.
   */
  untilAllRun(): Promise<number>;
  /** How often each kubelet has been started since then. */
  kubeletRestarts(): Promise<readonly number[]>;
  remove(): Promise<void>;
}

/** Starts nodes with a pod each, and waits until every pull has been refused. */
export async function waitingCluster(name: string, size: number, lab: LabFacts): Promise<WaitingCluster> {
  const nodes: LabNode[] = [];
  const remove = async () => void (await Promise.all(nodes.map((node) => node.remove())));
  try {
    // One after the other: a booting node uses all cores of a small machine.
    for (let at = 0; at < size; at++) {
      const node = await startLabNode(name, lab, at === 0 ? 'control-plane' : at === 1 ? 'worker' : `worker${at}`);
      nodes.push(node);
      await node.runPod('waiting', IMAGE);
    }
    await eachPod(nodes, ({ waiting }) => /ErrImagePull|ImagePullBackOff/.test(waiting));
  } catch (error) {
    await remove();
    throw error;
  }
  const starts = () => Promise.all(nodes.map((node) => node.kubeletStarts()));
  const before = await starts();
  return {
    name,
    async untilAllRun() {
      await eachPod(nodes, ({ phase }) => phase === 'Running');
      const times = await Promise.all(nodes.map((node) => node.sh(NEWEST_CONTAINER)));
      return Math.max(...times.map((seconds) => Number(seconds) * 1000));
    },
    kubeletRestarts: async () => (await starts()).map((count, at) => count - (before[at] ?? 0)),
    remove,
  };
}

type Pod = NonNullable<Awaited<ReturnType<LabNode['podState']>>>;

async function eachPod(nodes: readonly LabNode[], isSo: (pod: Pod) => boolean): Promise<void> {
  const deadline = Date.now() + 600_000;
  await Promise.all(
    nodes.map(async (node) => {
      for (;;) {
        const pod = await node.podState('waiting');
        if (pod !== undefined && isSo(pod)) return;
        if (Date.now() > deadline) throw new Error(`${node.name}: the pod is ${JSON.stringify(pod)} after ten minutes`);
        await sleep(250);
      }
    }),
  );
}
