import type { Delivery } from '../../../core/node/agent-config.ts';
import type { KindNode } from '../../kind/node.ts';
import { registerPlugin, unregisterPlugin } from './registration.ts';

/**
 * Registers the agent as the kubelet's credential provider, for Google's images and those of `keys`, or removes that again;
 * does nothing where that is already so, by what a look at the node has found (`hasPlugin`). Throws NODE_FAILED.
 */
export async function settleDelivery(
  node: KindNode,
  {
    delivery,
    keys,
    hasPlugin,
  }: { readonly delivery: Delivery | undefined; readonly keys: readonly string[]; readonly hasPlugin: boolean },
  step: (what: string) => void,
): Promise<void> {
  if (delivery !== 'credential-provider') return hasPlugin ? await unregisterPlugin(node) : undefined;
  step('registering the credential provider');
  await registerPlugin(node, keys);
}
