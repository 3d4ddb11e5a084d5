import type { StatusReport } from '../../core/node/status-report.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { readDockerConfig } from '../../core/registry/read-docker-config.ts';
import { dockerConfigFile } from '../../core/system/user-folders.ts';
import type { Report } from '../cli/command.ts';
import { outcomeJson, outcomeLines } from '../cli/node-outcome.ts';
import { withProgress } from '../cli/node-progress.ts';
import type { OutputFormat } from '../cli/output-option.ts';
import type { CommandContext } from '../context.ts';
import { withWay } from '../host/cluster-ways.ts';
import { warnUnlessOnPath } from '../host/docker/helper-program.ts';
import { registerHelper } from '../host/docker/helper-registration.ts';
import { hostsOf } from '../host/docker/planned-registration.ts';
import { readSettings, type Settings, type Way } from '../host/settings.ts';
import { askedClusters } from '../kind/asked-clusters.ts';
import type { KindCluster } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';
import { failureUnlessStopped } from '../kind/each-node.ts';
import type { KindNode } from '../kind/node.ts';
import { refuseOwnDockerConfig } from '../kind/own-docker-config.ts';
import type { NodeFacts } from './agent/inspect-node.ts';
import type { Attendance } from './agent/swap.ts';
import { type Visit, visitNodes } from './agent/visit.ts';
import { mountedFolder } from './mounted-config/folder.ts';
import { plannedInstall } from './plan.ts';

/** The flags that all kinds of install share. */
export interface PlaceFlags {
  readonly name: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly output?: OutputFormat;
  /** Hosts to register with Docker in addition to the default ones. */
  readonly registries: readonly string[];
}

/** What is installed in nodes: an agent, or a key. Its credentials have already been tried. */
export interface Installation {
  /** The command line, for messages. */
  readonly command: string;
  /** The account. */
  readonly account: string;
  /** Whom the nodes pull from Google's registries as, as the end of a sentence; undefined when they don't. */
  readonly as: string | undefined;
  /** How nodes get credentials; undefined is the default. */
  readonly way: Way | undefined;
  /** The settings with which the helper on this machine uses the same source. */
  readonly settings: Partial<Settings>;
  /** A `config.json` for nodes that have none, so that pulls don't wait for the rest; nothing where that is not wanted. */
  readonly firstConfig?: string;
  /** What it would do to a node. */
  steps(facts: NodeFacts): Promise<readonly string[]>;
  /** Installs, all or nothing. Throws KindGcrError. */
  put(node: KindNode, visit: Visit, attendance: Attendance): Promise<StatusReport>;
  /** Sees to what comes after the nodes, and resolves with what the user should know, in lines, and for JSON. */
  afterwards(clusters: readonly string[]): Promise<{ readonly text: string; readonly json?: object }>;
}

/**
 * Installs in every running node of one cluster, or all, and registers the helper with Docker. The nodes are looked for
 * while `prepare` gets credentials. Throws what `prepare` throws before a node is touched. A node that fails does not stop
 * the others; the report has the failure.
 */
export async function installIntoClusters(
  prepare: () => Promise<Installation>,
  flags: PlaceFlags,
  context: CommandContext,
): Promise<Report> {
  const { user, log, signal, terminal } = context;
  const finding = findPlaces(flags, context);
  finding.catch(() => {}); // credentials that are wrong are reported first
  // First everything that can fail without changing anything.
  const installation = await prepare();
  const clusters = await finding;
  const { command, account } = installation;
  if (installation.way !== 'credential-provider') await refuseMounted(clusters, context);
  const stopped = clusters.flatMap((cluster) => cluster.stopped);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped; start it, then run ${command} again`);
  const nodes = clusters.flatMap(({ running }) => running);
  if (flags.dryRun) return await plannedInstall(command, nodes, installation.steps, flags.registries);

  const names = clusters.map(({ name }) => name);
  const visitEach = await visitNodes(nodes.length, installation.firstConfig ?? '');
  const attempts = await context.whileHalfDone(halfDone(command, names), () =>
    withProgress(
      nodes,
      (node, step) => visitEach(node, (visit) => installation.put(node, visit, { signal, step })),
      terminal,
    ),
  );
  const whole = new Set(attempts.flatMap((attempt) => ('result' in attempt ? [attempt.node] : [])));
  const installed = clusters.filter(({ running }) => running.some((node) => whole.has(node))).map(({ name }) => name);
  // What is installed must be recorded, also when other nodes failed, so that it can be removed again.
  const registered =
    installed.length === 0
      ? []
      : hostsOf(
          await registerHelper(
            [...(installation.as === undefined ? [] : DEFAULT_HOSTS), ...flags.registries],
            user,
            (settings) => ({
              ...withWay(settings, installed, installation.way),
              ...installation.settings,
            }),
          ),
        );
  for (const cluster of installed) await mountedFolder(cluster, user).empty();

  warnUnlessOnPath(context);
  const summary =
    whole.size === 0 && attempts.length === 1
      ? ''
      : `Nodes of ${names.map((name) => `"${name}"`).join(', ')}${installation.as === undefined ? '' : ` that pull from Google's registries as ${installation.as}`}:\n` +
        outcomeLines(attempts, stopped, { now: context.now(), terminal });
  const afterwards = installed.length === 0 ? undefined : await installation.afterwards(installed);
  const asks = registered.length === 0 ? '' : `Docker asks kindgcr for: ${registered.join(', ')}\n`;
  return {
    json: { account, nodes: outcomeJson(attempts, stopped), registries: registered, ...afterwards?.json },
    confirmation: afterwards === undefined ? summary : summary + asks + afterwards.text,
    failure: failureUnlessStopped(attempts, signal),
  };
}

async function findPlaces(flags: PlaceFlags, { user, exec, log }: CommandContext) {
  await readSettings(user);
  await readDockerConfig(dockerConfigFile(user));
  return await askedClusters(await findEngine(exec, user.env, log), flags);
}

/** Throws CONFIG_INVALID where a node has mounted a docker config of the user as the kubelet's. */
async function refuseMounted(clusters: readonly KindCluster[], { user }: CommandContext): Promise<void> {
  for (const { name, mounts = [] } of clusters.flatMap(({ containers }) => containers)) {
    await refuseOwnDockerConfig(mounts, name, user);
  }
}

function halfDone(command: string, clusters: readonly string[]): string {
  const remove = clusters.map((name) => `kindgcr uninstall --name ${name}`).join('; ');
  return `nodes may be left half-installed; run ${command} again, or remove it: ${remove}`;
}
