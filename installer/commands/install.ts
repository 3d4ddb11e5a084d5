import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { HOST_SOURCES } from '../../core/google/source-settings.ts';
import {
  type AgentConfig,
  DELIVERIES,
  type Delivery,
  RESTART_POLICIES,
  type RestartPolicy,
} from '../../core/node/agent-config.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { dockerConfigFile } from '../../core/system/user-folders.ts';
import type { CommandContext } from '../context.ts';
import { readDockerConfig } from '../docker/docker-config-file.ts';
import { warnUnlessOnPath } from '../docker/helper-program.ts';
import { registerHelper } from '../docker/helper-registration.ts';
import { tellPlan } from '../install/plan.ts';
import { askedClusters } from '../kind/asked-clusters.ts';
import { findEngine } from '../kind/container-engine.ts';
import { throwFailures } from '../kind/each-node.ts';
import { settleDelivery } from '../kubelet-plugin/delivery.ts';
import { mountedFolder } from '../mounted-config/folder.ts';
import { agentExecutables } from '../node-agent/executable.ts';
import { type NodeFacts, nodeFacts } from '../node-agent/files.ts';
import { type AgentSetup, pendingChanges, putAgent } from '../node-agent/put-agent.ts';
import { clusterOption, refuseNameWithAll } from '../options/cluster.ts';
import { jsonDocument, type OutputFormat, outputOption } from '../options/output.ts';
import { registriesOption } from '../options/registries.ts';
import { chosenSource, type SourceFlags, settingsOf } from '../settings/chosen-source.ts';
import { withWay } from '../settings/cluster-ways.ts';
import { hostLogin } from '../settings/host-login.ts';
import { readSettings } from '../settings/settings.ts';
import { installStatic } from '../static-key/install-static.ts';
import { outcomeJson, outcomeLines } from '../terminal/node-outcome.ts';
import { withProgress } from '../terminal/node-progress.ts';

/** What `kindgcr install` can be told. */
export interface InstallFlags extends SourceFlags {
  readonly name: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly output?: OutputFormat;
  readonly registries: readonly string[];
  readonly restart: RestartPolicy;
  readonly delivery?: Delivery;
  readonly static?: boolean;
}

/** `kindgcr install`. */
export function installCommand(context: CommandContext): Command {
  const command = new Command('install')
    .summary('let a kind cluster and your Docker pull from private Google registries')
    .description(
      'Puts the agent into every running node of a kind cluster, so that its kubelets can pull from your private Google ' +
        'registries, and registers the credential helper with your Docker. Safe to run again.',
    )
    .addOption(clusterOption())
    .option('--all', 'every kind cluster of this machine');
  return withInstallOptions(command)
    .option('--static', 'write the key itself into the nodes: nothing expires and nothing is left running')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  kindgcr install                                  "kind", by your gcloud login
  kindgcr install --name dev --keyfile key.json    "dev", by an account's key
  kindgcr install --registries europe-docker.pkg.dev
  kindgcr install --all --dry-run                  what it would do everywhere`,
    )
    .action((flags: InstallFlags, command: Command) => {
      refuseNameWithAll(flags.all, command);
      if (flags.static) return installStatic(flags, chosenSource(flags, context), context);
      return install(flags, context);
    });
}

/** The options that tell which credentials go where: the same for each command that installs. */
export function withInstallOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--source <source>', 'where tokens come from (default: what is configured, else gcloud)').choices([
        ...HOST_SOURCES,
      ]),
    )
    .option('--keyfile <path>', 'service account key; it is copied into the nodes, which then need this host no more')
    .addOption(registriesOption('more registries to register with Docker, separated by commas'))
    .addOption(
      new Option('--restart <when>', 'restart kubelets after new credentials')
        .choices([...RESTART_POLICIES])
        .default('when-needed'),
    )
    .addOption(
      new Option('--delivery <way>', 'how kubelets get at credentials: a file they read, or a plugin they ask').choices(
        [...DELIVERIES],
      ),
    );
}

/**
 * Puts the agent into every running node of one cluster, or all, and registers the helper with Docker. Throws when a node
 * failed, after the others are done and all is told.
 */
export async function install(flags: InstallFlags, context: CommandContext): Promise<void> {
  const { person, exec, out, log, signal, terminal } = context;
  // First all that can go wrong, without anything having been touched.
  const choice = chosenSource(flags, context);
  const { login, account } = await hostLogin(choice, signal);
  const key = choice.kind === 'keyfile' ? await readFile(choice.path, 'utf8') : undefined;
  const settings = await readSettings(person);
  await readDockerConfig(dockerConfigFile(person));
  const engine = await findEngine(exec, person.env, log);
  const clusters = await askedClusters(engine, flags);
  const stopped = clusters.flatMap((cluster) => cluster.stopped);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped; start it, then run kindgcr install again`);

  const config: AgentConfig = {
    version: 1,
    source: key === undefined ? 'host' : 'keyfile',
    scopes: [...PULL_SCOPES],
    restart: flags.restart,
    delivery: flags.delivery,
  };
  const executables = agentExecutables(context);
  const setupFor = async ({ machine }: NodeFacts): Promise<AgentSetup> => ({
    executable: await executables(machine),
    config,
    key,
    logins: key === undefined ? [login] : [],
  });
  const nodes = clusters.flatMap(({ running }) => running);
  if (flags.dryRun) {
    const stepsFor = async (facts: NodeFacts) => plannedSteps(facts, await setupFor(facts));
    return await tellPlan('kindgcr install', nodes, stepsFor, flags, context);
  }

  const attempts = await withProgress(
    nodes,
    async (node, step) => {
      const facts = await nodeFacts(node);
      const report = await putAgent(node, await setupFor(facts), { signal, step }, facts);
      await settleDelivery(node, flags.delivery, step);
      return report;
    },
    terminal,
  );
  const whole = new Set(attempts.flatMap((attempt) => ('result' in attempt ? [attempt.node] : [])));
  const installed = clusters.filter(({ running }) => running.some((node) => whole.has(node))).map(({ name }) => name);
  // What is in must be known: also when other nodes failed, it can be taken out again.
  const registered =
    installed.length === 0
      ? []
      : await registerHelper([...DEFAULT_HOSTS, ...flags.registries], person, {
          ...withWay(settings, installed, flags.delivery === 'credential-provider' ? flags.delivery : undefined),
          ...settingsOf(choice, flags),
        });

  for (const cluster of installed) await mountedFolder(cluster, person).empty();

  if (flags.output === 'json') {
    out(jsonDocument({ account, nodes: outcomeJson(attempts, stopped), registries: registered }));
  } else if (terminal.verbosity !== 'quiet' && (whole.size > 0 || attempts.length > 1)) {
    const names = clusters.map(({ name }) => `"${name}"`).join(', ');
    out(`Nodes of ${names} that pull from Google's registries as ${account}:\n`);
    out(outcomeLines(attempts, stopped, { now: context.now(), terminal }));
    if (installed.length > 0) out(afterwards(key !== undefined, installed, registered));
  }
  warnUnlessOnPath(context);
  // What could not be undone is worse than having been stopped.
  throwFailures(attempts.filter((attempt) => !('failure' in attempt && attempt.failure.code === 'INTERRUPTED')));
  signal.throwIfAborted();
}

/** What an install would do to a node. */
function plannedSteps(facts: NodeFacts, setup: AgentSetup): readonly string[] {
  return [...pendingChanges(facts, setup), setup.logins.length > 0 ? 'hand in a token' : 'check its credentials'];
}

function afterwards(feedThemselves: boolean, clusters: readonly string[], registered: readonly string[]): string {
  const refresh = clusters.map((name) => `kindgcr refresh --name ${name}`).join('; ');
  const then = feedThemselves
    ? 'The nodes renew their tokens by themselves.\n'
    : `Have new tokens handed in: kindgcr service install\nOr by hand, before these end: ${refresh}\n`;
  return `Docker asks kindgcr for: ${registered.join(', ')}\n${then}`;
}
