import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import type { Report } from '../cli/command.ts';
import { eachNode } from '../kind/each-node.ts';
import type { KindNode } from '../kind/node.ts';
import { type NodeFacts, nodeFacts } from './agent/inspect-node.ts';

/** What `command` would do to each node, by `stepsFor`; changes nothing. */
export async function plannedInstall(
  command: string,
  nodes: readonly KindNode[],
  stepsFor: (facts: NodeFacts) => Promise<readonly string[]>,
  registries: readonly string[],
): Promise<Report> {
  const plans = await eachNode(nodes, async (node) => stepsFor(await nodeFacts(node)));
  const hosts = [...DEFAULT_HOSTS, ...registries];
  const lines = plans.map(({ node, result }) => `  ${node.name}: ${result.join(', ')}\n`);
  return {
    json: {
      dryRun: true,
      nodes: plans.map(({ node, result }) => ({ name: node.name, steps: result })),
      registries: hosts,
    },
    text: `Nothing was changed. ${command} would:\n${lines.join('')}  Docker on this machine: ask kindgcr for ${hosts.join(', ')}\n`,
  };
}
