import { Command } from 'commander';
import { findEngine } from '../container-engine.ts';
import type { CommandContext } from '../context.ts';
import { eachNode } from '../each-node.ts';
import { unregisterHelper } from '../helper-registration.ts';
import { clusterNodes } from '../kind-cluster.ts';
import { removeAgent } from '../node-agent.ts';
import { readSettings, writeSettings } from '../settings.ts';
import { clusterOption } from './cluster-option.ts';

/** `kindgcr uninstall`. */
export function uninstallCommand(context: CommandContext): Command {
  return new Command('uninstall')
    .summary('take everything out of a kind cluster again')
    .description(
      `Removes the agent, its credentials and its key from every running node of a kind cluster; what the kubelet's config.json
held before comes back. With the last cluster gone, the credential helper leaves your docker config, too.`,
    )
    .addOption(clusterOption())
    .action(({ name }: { name: string }) => uninstall(name, context));
}

async function uninstall(cluster: string, { person, exec, out, log }: CommandContext): Promise<void> {
  const settings = await readSettings(person);
  const engine = await findEngine(exec, person.env);
  const { running, stopped } = await clusterNodes(engine, cluster);
  for (const name of stopped) log.warn(`${name} is stopped and still has the agent; start it, then run this again`);
  await eachNode(running, async (node) => {
    log.info(`${node.name}: removing the agent`);
    await removeAgent(node);
  });
  out(`Removed from: ${running.map(({ name }) => name).join(', ')}\n`);

  const clusters = settings.clusters.filter((name) => name !== cluster);
  if (clusters.length > 0 || stopped.length > 0) {
    const left = stopped.length > 0 ? settings.clusters : clusters;
    await writeSettings({ ...settings, clusters: left }, person);
    out(`Docker keeps asking kindgcr, because it is still installed in: ${left.join(', ')}\n`);
    return;
  }
  const { source: _source, keyfile: _keyfile, ...others } = await unregisterHelper(person, { ...settings, clusters });
  await writeSettings({ ...others, clusters }, person);
  out('Docker on this machine no longer asks kindgcr.\n');
}
