import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { errorMessage, KindGcrError, systemErrorCode } from '../../core/errors.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { dockerConfigFile } from '../../core/system/user-folders.ts';
import type { CommandContext } from '../context.ts';
import { engineIsElsewhere } from '../create/engine-place.ts';
import { type FirstCredentials, layOutFirstCredentials } from '../create/first-credentials.ts';
import { parseKindConfig } from '../create/kind-config.ts';
import { runKind } from '../create/run-kind.ts';
import { readDockerConfig } from '../docker/docker-config-file.ts';
import { type ContainerEngine, findEngine } from '../kind/container-engine.ts';
import { kindContainers } from '../kind/containers.ts';
import { kindNode } from '../kind/node.ts';
import { finishMounted, startMounted } from '../mounted-config/create-mounted.ts';
import { agentExecutable } from '../node-agent/executable.ts';
import { removeAgent } from '../node-agent/remove.ts';
import { chosenSource } from '../settings/chosen-source.ts';
import { hostLogin } from '../settings/host-login.ts';
import { readSettings } from '../settings/settings.ts';
import { type InstallFlags, install, withInstallOptions } from './install.ts';

interface CreateFlags extends Omit<InstallFlags, 'name'> {
  readonly name?: string;
  readonly config?: string;
  readonly mountConfig?: boolean;
}

/** `kindgcr create`, which has one command: `cluster`, named as kind itself names it. */
export function createCommand(context: CommandContext): Command {
  const create = new Command('create').summary('create a kind cluster that can pull from its first moment');
  return create.addCommand(createClusterCommand(context));
}

function createClusterCommand(context: CommandContext): Command {
  const command = new Command('cluster')
    .summary('kind create cluster, with credentials in every node before its first pull')
    .usage("[options] [kind's own options]")
    .description(
      'Runs "kind create cluster" and gives each node the agent and credentials before its kubelet starts, so that ' +
        'private images pull from the first moment and no kubelet is restarted. Options that are not listed here go to ' +
        'kind as they are: --image, --kubeconfig, --retain, --wait, --verbosity, --quiet and all that your kind knows.',
    )
    .option(
      '-n, --name <cluster>',
      'name of the cluster (default: what KIND_CLUSTER_NAME or the config says, else kind)',
    )
    .option('--config <file>', 'kind config; - reads it from stdin')
    .option('--mount-config', 'no agent: nodes mount a config of this machine; fresh while "kindgcr watch" runs')
    .argument('[kindOptions...]')
    .allowUnknownOption();
  return withInstallOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  kindgcr create cluster                                  by your gcloud login
  kindgcr create cluster --name dev --keyfile key.json    by an account's key
  kindgcr create cluster --config ha.yaml --wait 5m       kind's own options
  kindgcr create cluster --mount-config                   nothing in the nodes

With --mount-config the nodes have no agent: each kubelet reads a folder of
this machine, mounted at /.docker, and sees a new token within 5 minutes. Only
kindgcr watch (or kindgcr service install), or kindgcr refresh by hand, puts
one there. Within an hour after the last one, pulls fail.`,
    )
    .action((kindFlags: readonly string[], flags: CreateFlags) => createCluster(flags, kindFlags, context));
}

async function createCluster(flags: CreateFlags, kindFlags: readonly string[], context: CommandContext): Promise<void> {
  const { person, exec, log } = context;
  if (flags.mountConfig) refuseWithMount(flags);
  const config = parseKindConfig(await configText(flags.config, context), originOf(flags.config));
  const name = flags.name ?? (person.env.KIND_CLUSTER_NAME || config.name) ?? 'kind';
  const engine = await findEngine(exec, person.env);
  const args = ['create', 'cluster', '--name', name, '--config', '-', ...kindFlags];
  // What exists already is not ours to prepare, nor to clean up after: kind says so itself.
  const exists = (await kindContainers(engine, name)).length > 0;
  if (flags.mountConfig && !exists) {
    const start = await startMounted(name, flags, engine, context);
    try {
      await runKind(args, config.withMounts([start.folder.mount]), context);
    } catch (error) {
      await start.folder.empty();
      if ((await kindContainers(engine, name)).length === 0) await start.folder.remove();
      else log.warn(leftBy(name));
      throw error;
    }
    return await finishMounted(name, start, flags, context);
  }
  const first = exists ? undefined : await prepare(flags, name, engine, context);
  try {
    await runKind(args, config.withMounts(first?.mounts ?? []), context);
  } catch (error) {
    await takeBack(engine, name, first, context);
    throw error;
  } finally {
    await first
      ?.empty()
      .catch((error: unknown) => log.warn(`first credentials are not removed: ${errorMessage(error)}`));
  }
  await install({ ...flags, name }, context);
}

/** All that can go wrong without kind goes wrong here. Undefined where a node could not see this machine's folders. */
async function prepare(
  flags: CreateFlags,
  name: string,
  engine: ContainerEngine,
  context: CommandContext,
): Promise<FirstCredentials | undefined> {
  const { person, log, signal } = context;
  const choice = chosenSource(flags, context);
  const { login, account } = await hostLogin(choice, signal);
  const key = choice.kind === 'keyfile' ? await readFile(choice.path, 'utf8') : undefined;
  await readSettings(person);
  await readDockerConfig(dockerConfigFile(person));
  const agents = await agentExecutables(context);
  if (await engineIsElsewhere(engine)) {
    log.info(`${engine.name} is on another machine: the nodes get credentials when the cluster stands`);
    return undefined;
  }
  log.info(`Each node of "${name}" starts with credentials of ${account}`);
  return await layOutFirstCredentials(
    name,
    {
      agents,
      key,
      logins: key === undefined ? [login] : [],
      config: {
        version: 1,
        source: key === undefined ? 'host' : 'keyfile',
        scopes: [...PULL_SCOPES],
        restart: flags.restart,
        delivery: flags.delivery,
      },
    },
    person,
  );
}

/** Throws USAGE for what needs the agent that --mount-config leaves out. */
function refuseWithMount({ delivery }: CreateFlags): void {
  if (delivery !== 'credential-provider') return;
  throw new KindGcrError('USAGE', '--mount-config does not go with --delivery credential-provider', {
    hint: 'A plugin needs the agent. Leave one of them out.',
  });
}

/** Leaves nothing of ours in what a failed or interrupted creation has left. */
async function takeBack(
  engine: ContainerEngine,
  cluster: string,
  first: FirstCredentials | undefined,
  { log }: CommandContext,
): Promise<void> {
  if (first === undefined) return;
  await first.empty();
  const left = await kindContainers(engine, cluster);
  if (left.length === 0) return await first.remove();
  for (const { name } of left.filter(({ isNode, running }) => isNode && running)) {
    await removeAgent(kindNode(engine, name)).catch((error: unknown) => log.warn(`${name}: ${errorMessage(error)}`));
  }
  log.warn(leftBy(cluster));
}

function leftBy(cluster: string): string {
  return `kind has left nodes of "${cluster}"; remove them: kind delete cluster --name ${cluster}`;
}

/** The agents that there are, by machine; the nodes take the one that is for them. */
async function agentExecutables(context: CommandContext): Promise<ReadonlyMap<string, string>> {
  const agents = new Map<string, string>();
  let missing: unknown;
  for (const machine of ['x86_64', 'aarch64']) {
    try {
      agents.set(machine, (await agentExecutable(machine, context)).path);
    } catch (error) {
      missing ??= error;
    }
  }
  if (agents.size === 0) throw missing;
  return agents;
}

async function configText(path: string | undefined, { stdin }: CommandContext): Promise<string | undefined> {
  if (path === undefined) return undefined;
  if (path === '-') return await stdin();
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KindGcrError('FILE_FAILED', `kind config ${path} can't be read (${systemErrorCode(error)})`, {
      hint: `ls -l ${path}`,
      cause: error,
    });
  }
}

function originOf(path: string | undefined): string {
  return path === '-' || path === undefined ? 'the kind config on stdin' : `kind config ${path}`;
}
