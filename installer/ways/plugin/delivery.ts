import type { Delivery } from '../../../core/node/agent-config.ts';
import type { KindNode } from '../../kind/node.ts';
import { registerPlugin, unregisterPlugin } from './registration.ts';

/** Has a kubelet ask the agent, or read the file as ever; one that does so already is left alone. Throws NODE_FAILED. */
export async function settleDelivery(
  node: KindNode,
  delivery: Delivery | undefined,
  step: (what: string) => void,
): Promise<void> {
  if (delivery !== 'credential-provider') return await unregisterPlugin(node);
  step('telling the kubelet to ask');
  await registerPlugin(node);
}
