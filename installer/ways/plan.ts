import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { jsonDocument, type OutputFormat } from '../cli/output-option.ts';
import type { CommandContext } from '../context.ts';
import { eachNode } from '../kind/each-node.ts';
import type { KindNode } from '../kind/node.ts';
import { type NodeFacts, nodeFacts } from './agent/inspect-node.ts';

/** Says what `command` would do, to each node by `stepsFor`, and does nothing. */
export async function tellPlan(
  command: string,
  nodes: readonly KindNode[],
  stepsFor: (facts: NodeFacts) => Promise<readonly string[]>,
  { output, registries }: { readonly output?: OutputFormat; readonly registries: readonly string[] },
  { out }: CommandContext,
): Promise<void> {
  const plans = await eachNode(nodes, async (node) => stepsFor(await nodeFacts(node)));
  const hosts = [...DEFAULT_HOSTS, ...registries];
  if (output === 'json') {
    const planned = plans.map(({ node, result }) => ({ name: node.name, steps: result }));
    return out(jsonDocument({ dryRun: true, nodes: planned, registries: hosts }));
  }
  out(`Nothing was changed. ${command} would:\n`);
  for (const { node, result } of plans) out(`  ${node.name}: ${result.join(', ')}\n`);
  out(`  Docker on this machine: ask kindgcr for ${hosts.join(', ')}\n`);
}
