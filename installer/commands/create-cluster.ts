import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { errorMessage, KindGcrError, ProgramFailed, systemErrorCode } from '../../core/errors.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { dockerConfigFile } from '../../core/system/user-folders.ts';
import { agentExecutable } from '../agent-executable.ts';
import { chosenSource } from '../chosen-source.ts';
import { type ContainerEngine, findEngine } from '../container-engine.ts';
import type { CommandContext } from '../context.ts';
import { engineIsElsewhere } from '../create/engine-place.ts';
import { type FirstCredentials, layOutFirstCredentials } from '../create/first-credentials.ts';
import { parseKindConfig } from '../create/kind-config.ts';
import { readDockerConfig } from '../docker-config-file.ts';
import { hostLogin } from '../host-login.ts';
import { kindContainers } from '../kind-containers.ts';
import { kindNode } from '../kind-node.ts';
import { removeAgent } from '../node-files.ts';
import { readSettings } from '../settings.ts';
import { type InstallFlags, install, withInstallOptions } from './install.ts';

interface CreateFlags extends Omit<InstallFlags, 'name'> {
  readonly name?: string;
  readonly config?: string;
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
    .argument('[kindOptions...]')
    .allowUnknownOption();
  return withInstallOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  kindgcr create cluster                                  by your gcloud login
  kindgcr create cluster --name dev --keyfile key.json    by an account's key
  kindgcr create cluster --config ha.yaml --wait 5m       kind's own options`,
    )
    .action((kindFlags: readonly string[], flags: CreateFlags) => createCluster(flags, kindFlags, context));
}

async function createCluster(flags: CreateFlags, kindFlags: readonly string[], context: CommandContext): Promise<void> {
  const { person, exec, log, signal, foreground } = context;
  const config = parseKindConfig(await configText(flags.config, context), originOf(flags.config));
  const name = flags.name ?? (person.env.KIND_CLUSTER_NAME || config.name) ?? 'kind';
  const engine = await findEngine(exec, person.env);
  const first = await prepare(flags, name, engine, context);
  const args = ['create', 'cluster', '--name', name, '--config', '-', ...kindFlags];
  try {
    const end = await foreground('kind', args, { input: config.withMounts(first?.mounts ?? []), signal });
    if (end.exitCode !== 0) {
      await takeBack(engine, name, first, context);
      signal.throwIfAborted();
      if (end.ended === 'killed') throw new KindGcrError('INTERRUPTED', 'kind was stopped');
      if (end.ended === 'exited') throw new ProgramFailed('kind', end.exitCode ?? 1);
      throw new KindGcrError('KIND_NOT_FOUND', 'there is no kind on PATH', {
        hint: 'Install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
      });
    }
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
  // What exists already is not ours to prepare, nor to clean up after: kind says so itself.
  if ((await kindContainers(engine, name)).length > 0) return undefined;
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
      },
    },
    person,
  );
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
  log.warn(`kind has left nodes of "${cluster}"; remove them: kind delete cluster --name ${cluster}`);
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
