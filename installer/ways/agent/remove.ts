import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import type { KindNode } from '../../kind/node.ts';
import { unregisterPlugin } from '../plugin/registration.ts';
import { distrustInNode } from '../trust/node-trust.ts';
import { FORMER_AGENT, FORMER_FILES, layout, NEW_AGENT } from './paths.ts';

// Runs in the node from its first line to its last, whatever becomes of this program meanwhile.
const REMOVE = `set -eu
agent=$1 service=$2; shift 2
systemctl disable --now "$service" 2>/dev/null || :
[ ! -x "$agent" ] || "$agent" withdraw
rm -rf "$agent" "$@"
systemctl daemon-reload`;

/** Takes the agent and all it wrote out of a node; what was there before it comes back. Safe on a half-done install. */
export async function removeAgent(node: KindNode): Promise<void> {
  await unregisterPlugin(node);
  await distrustInNode(node);
  const folders = ['/etc/kindgcr', '/var/lib/kindgcr', '/run/kindgcr', FORMER_FILES];
  const files = [layout.unit, NEW_AGENT, FORMER_AGENT, ...folders];
  await node.run(['sh', '-c', REMOVE, 'sh', layout.agent, AGENT_SERVICE, ...files], { timeout: 180_000 });
}
