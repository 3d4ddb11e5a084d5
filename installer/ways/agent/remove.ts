import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import type { KindNode } from '../../kind/node.ts';
import { unregisterPlugin } from '../plugin/registration.ts';
import { distrustInNode } from '../trust/node-trust.ts';
import { REMOVE_FIRST_CONFIG } from './first-config.ts';
import { FORMER_AGENT, FORMER_FILES, layout, NEW_AGENT } from './paths.ts';

// The script in the node completes even if kindgcr exits.
const REMOVE = `set -eu
${REMOVE_FIRST_CONFIG}agent=$1 service=$2 config=$3 note=$4; shift 4
systemctl disable --now "$service" 2>/dev/null || :
[ ! -x "$agent" ] || "$agent" withdraw
remove_first_config
rm -rf "$agent" "$@"
systemctl daemon-reload`;

/** Removes the agent and all it wrote from a node and restores what was there before. Safe on a half-done install. */
export async function removeAgent(node: KindNode): Promise<void> {
  await unregisterPlugin(node);
  await distrustInNode(node);
  const folders = ['/etc/kindgcr', '/var/lib/kindgcr', '/run/kindgcr', FORMER_FILES];
  const files = [layout.unit, NEW_AGENT, FORMER_AGENT, ...folders];
  const own = [layout.agent, AGENT_SERVICE, layout.kubeletDockerConfig, layout.firstCredentials];
  await node.run(['sh', '-c', REMOVE, 'sh', ...own, ...files], { timeout: 180_000 });
}
