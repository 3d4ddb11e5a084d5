import { Command } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/source-choice.ts';
import { findEngine } from '../container-engine.ts';
import type { CommandContext } from '../context.ts';
import { eachNode } from '../each-node.ts';
import { hostLogin } from '../host-login.ts';
import { clusterNodes } from '../kind-cluster.ts';
import { handOver } from '../node-agent.ts';
import { nodeFacts } from '../node-files.ts';
import { validity } from '../validity.ts';
import { clusterOption } from './cluster-option.ts';

/** `kindgcr refresh`. */
export function refreshCommand(context: CommandContext): Command {
  return new Command('refresh')
    .summary("hand a fresh token to a cluster's nodes now")
    .description(
      'Asks the credential source of this host for a token and hands it to every running node of a kind cluster.',
    )
    .addOption(clusterOption())
    .action(({ name }: { name: string }) => refresh(name, context));
}

async function refresh(cluster: string, { person, exec, out, log, signal, now }: CommandContext): Promise<void> {
  const { login, account } = await hostLogin(chooseSource(person), signal);
  const engine = await findEngine(exec, person.env);
  const { running, stopped } = await clusterNodes(engine, cluster);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped`);
  const outcomes = await eachNode(running, async (node) => {
    if (!(await nodeFacts(node)).hasAgent) {
      throw new KindGcrError('NODE_FAILED', `${node.name} has no kindgcr-agent`, {
        hint: `Install it: kindgcr install --name ${cluster}`,
      });
    }
    return await handOver(node, [login], signal);
  });
  out(`Fresh credentials of ${account} in "${cluster}":\n`);
  for (const { node, result } of outcomes) out(`  ${node.name}  ${validity(result, now())}\n`);
}
