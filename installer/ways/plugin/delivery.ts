import type { Delivery } from '../../../core/node/agent-config.ts';
import type { KindNode } from '../../kind/node.ts';
import { registerPlugin, unregisterPlugin } from './registration.ts';

/**
 * Registers the agent as the kubelet's credential provider, for Google's images and those of `keys`, or removes that again;
 * does nothing where that is already so. Throws NODE_FAILED.
 */
export async function settleDelivery(
  node: KindNode,
  { delivery, keys }: { readonly delivery: Delivery | undefined; readonly keys: readonly string[] },
  step: (what: string) => void,
): Promise<void> {
  if (delivery !== 'credential-provider') return await unregisterPlugin(node);
  step('registering the credential provider');
  await registerPlugin(node, keys);
}
