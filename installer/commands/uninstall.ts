import { Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { clusterOption, refuseNameWithAll } from '../cli/cluster-option.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { outcomeJson } from '../cli/node-outcome.ts';
import { withProgress } from '../cli/node-progress.ts';
import { type OutputFormat, outputOption } from '../cli/output-option.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { forgetClusters } from '../host/forget-clusters.ts';
import { removeService } from '../host/service/remove-service.ts';
import { readSettings, type Settings } from '../host/settings.ts';
import { allClusters, findCluster, type KindCluster, mustRun } from '../kind/clusters.ts';
import { type ContainerEngine, findEngine } from '../kind/container-engine.ts';
import { failureOf } from '../kind/each-node.ts';
import { removeAgent } from '../ways/agent/remove.ts';
import { mountedFolder } from '../ways/mounted-config/folder.ts';
import { readKeptSecrets } from '../ways/pull-secret/kept-fresh.ts';

interface UninstallFlags {
  readonly name: string;
  readonly all?: boolean;
  readonly purge?: boolean;
  readonly output: OutputFormat;
}

/** `kindgcr uninstall`. */
export const uninstallCommand = defineCommand<UninstallFlags, [], CommandContext>({
  name: 'uninstall',
  summary: 'remove everything from a kind cluster again',
  description:
    "Removes the agent, its credentials and its key from every running node of a kind cluster; what the kubelet's " +
    'config.json held before comes back. With the last cluster, the credential helper and the background service are removed, too.',
  options: [
    clusterOption(),
    new Option('--all', 'every cluster that kindgcr is installed in'),
    new Option('--purge', 'also remove the settings and cached tokens of this machine'),
    outputOption(),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr uninstall --name dev
  kindgcr uninstall --all --purge    nothing is left but the executables`,
  async run({ flags, command }, context) {
    refuseNameWithAll(flags.all, command);
    return await uninstall(flags, context);
  },
});

async function uninstall(flags: UninstallFlags, context: CommandContext): Promise<Report> {
  const { user, exec, log, terminal } = context;
  const { all, purge = false } = flags;
  const settings = await readSettings(user);
  let confirmation = '';
  const tell = (line: string) => {
    confirmation += line;
  };
  const asked = all ? settings.clusters : [flags.name];
  const found = asked.length === 0 ? [] : await clustersToClean(asked, settings, await findEngine(exec, user.env, log));
  const gone = asked.filter((cluster) => !found.some(({ name }) => name === cluster));
  for (const cluster of gone) tell(`Cluster "${cluster}" is gone already; it is forgotten.\n`);
  const stopped = found.flatMap((cluster) => cluster.stopped);
  for (const node of stopped) log.warn(`${node} is stopped and still has the agent; start it, then run this again`);

  // Before the nodes: a watch that goes on would give them the agent again.
  const isLast = settings.clusters.every((cluster) => asked.includes(cluster));
  const secrets = purge ? [] : await readKeptSecrets(user);
  if (isLast && secrets.length === 0 && (await removeService(context))) {
    tell('The background service was removed: it has nothing left to renew.\n');
  }
  const attempts = await context.whileHalfDone('nodes may still hold some of it; run kindgcr uninstall again', () =>
    withProgress(
      found.flatMap(({ running }) => running),
      async (node, step) => {
        step('removing the agent');
        await removeAgent(node);
      },
      terminal,
    ),
  );
  const clean = new Set(attempts.flatMap((attempt) => ('result' in attempt ? [attempt.node] : [])));
  if (clean.size > 0) tell(`Removed from: ${[...clean].map((node) => node.name).join(', ')}\n`);

  const unfinished = found.filter(
    (cluster) => cluster.stopped.length > 0 || cluster.running.some((node) => !clean.has(node)),
  );
  for (const cluster of asked) {
    const folder = mountedFolder(cluster, user);
    if (found.some(({ name }) => name === cluster)) await folder.empty();
    else await folder.remove();
  }
  const left = settings.clusters.filter(
    (cluster) => !asked.includes(cluster) || unfinished.some(({ name }) => name === cluster),
  );
  const cleaned = asked.filter((cluster) => !left.includes(cluster));
  await forgetClusters(cleaned, left, { user, tell, purge });
  if (isLast && secrets.length > 0) {
    const names = secrets.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    tell(`Pull secrets are still renewed in the background: ${names}; to stop that: kindgcr service uninstall\n`);
  }
  return {
    json: { nodes: outcomeJson(attempts, stopped), gone, installedIn: left },
    confirmation,
    failure: failureOf(attempts) ?? (left.length > 0 && purge ? keptSettings() : undefined),
  };
}

function keptSettings(): KindGcrError {
  return new KindGcrError('BUSY', 'the settings are kept, because they name clusters that kindgcr is still in', {
    hint: 'Remove it from all of them: kindgcr uninstall --all --purge',
  });
}

async function clustersToClean(
  asked: readonly string[],
  settings: Settings,
  engine: ContainerEngine,
): Promise<readonly KindCluster[]> {
  const existing = await allClusters(engine);
  return (
    await Promise.all(
      asked.map(async (name) => {
        const cluster = existing.find((candidate) => candidate.name === name);
        if (cluster !== undefined) return [asked.length === 1 ? mustRun(engine, cluster) : cluster];
        if (settings.clusters.includes(name)) return []; // deleted since: there is nothing left to clean
        return [await findCluster(engine, name)]; // says that there is no such cluster
      }),
    )
  ).flat();
}
