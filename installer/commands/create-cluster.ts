import { readFile } from 'node:fs/promises';
import { Argument, Option } from 'commander';
import { fileFailure, KindGcrError } from '../../core/errors.ts';
import { defineCommand, defineGroup, type Report } from '../cli/command.ts';
import { INSTALL_OPTIONS } from '../cli/install-options.ts';
import type { CommandContext } from '../context.ts';
import { findEngine } from '../kind/container-engine.ts';
import { kindContainers } from '../kind/containers.ts';
import { refuseOwnDockerConfig } from '../kind/own-docker-config.ts';
import { runKind } from '../kind/run-kind.ts';
import { creationWithAgent } from '../ways/first-start/with-agent.ts';
import { mountedCreation } from '../ways/mounted-config/create-mounted.ts';
import { type InstallFlags, install } from './install.ts';

interface CreateFlags extends Omit<InstallFlags, 'name'> {
  readonly name?: string;
  readonly config?: string;
  readonly mountConfig?: boolean;
}

const createClusterCommand = defineCommand<CreateFlags, [readonly string[]], CommandContext>({
  name: 'cluster',
  summary: 'kind create cluster, with credentials in every node before its first pull',
  usage: "[options] [kind's own options]",
  description:
    'Runs "kind create cluster" and gives each node the agent and credentials before its kubelet starts, so that ' +
    'private images pull from the start and no kubelet is restarted. Options that are not listed here go to ' +
    'kind unchanged: --image, --kubeconfig, --retain, --wait, --verbosity, --quiet and everything else that your kind supports.',
  arguments: [new Argument('[kindOptions...]')],
  passesOptions: true,
  options: [
    new Option(
      '-n, --name <cluster>',
      'name of the cluster (default: KIND_CLUSTER_NAME, the name in the config, or kind)',
    ),
    new Option('--config <file>', 'kind config; - reads it from stdin'),
    new Option('--mount-config', 'no agent: nodes mount a config of this machine; fresh while "kindgcr watch" runs'),
    ...INSTALL_OPTIONS,
  ],
  helpAfter: `Examples:
  kindgcr create cluster                                  by your gcloud login
  kindgcr create cluster --name dev --keyfile key.json    by an account's key
  kindgcr create cluster --config ha.yaml --wait 5m       kind's own options
  kindgcr create cluster --mount-config                   nothing in the nodes

With --mount-config the nodes have no agent: each kubelet reads a folder of
this machine, mounted at /.docker, and sees a new token within 5 minutes. Only
kindgcr watch (or kindgcr service install), or kindgcr refresh by hand, puts
one there. Within an hour after the last one, pulls fail.`,
  run: ({ flags, args: [kindFlags] }, context) => createCluster(flags, kindFlags, context),
});

/** `kindgcr create`, which has one command, `cluster`, as kind itself. */
export const createCommand = defineGroup<CommandContext>({
  name: 'create',
  summary: 'create a kind cluster that can pull from the start',
  commands: [createClusterCommand],
});

async function createCluster(
  flags: CreateFlags,
  kindFlags: readonly string[],
  context: CommandContext,
): Promise<Report | undefined> {
  const { user, exec } = context;
  if (flags.mountConfig) refuseWithMount(flags);
  const { parseKindConfig } = await import('../kind/kind-config.ts'); // with the YAML library, for this command alone
  const config = parseKindConfig(await configText(flags.config, context), originOf(flags.config));
  const name = flags.name ?? (user.env.KIND_CLUSTER_NAME || config.name) ?? 'kind';
  const engine = await findEngine(exec, user.env);
  const args = ['create', 'cluster', '--name', name, '--config', '-', ...kindFlags];
  // An existing cluster is not changed, nor cleaned up after; kind reports the error itself.
  if ((await kindContainers(engine, name)).length > 0) {
    await runKind(args, config.withMounts([]), context);
    return undefined;
  }
  if (!flags.mountConfig && flags.delivery !== 'credential-provider') {
    await refuseOwnDockerConfig(config.mounts, originOf(flags.config), user);
  }
  const creation = flags.mountConfig
    ? await mountedCreation(name, flags, engine, context)
    : await creationWithAgent(name, flags, engine, context, () => install({ ...flags, name }, context));
  const remains = `nodes of "${name}" and their credentials may remain; remove them: kind delete cluster --name ${name}`;
  await context.whileHalfDone(remains, async () => {
    await runKind(args, config.withMounts(creation.mounts), context).catch(async (error: unknown) => {
      await creation.failed();
      throw error;
    });
  });
  return await creation.made();
}

/** Throws USAGE for options that need the agent. */
function refuseWithMount({ delivery, fromDocker }: CreateFlags): void {
  if (delivery === 'credential-provider') {
    throw new KindGcrError('USAGE', "--mount-config can't be combined with --delivery credential-provider", {
      hint: 'The plugin needs the agent. Leave out one of them.',
    });
  }
  if (fromDocker !== undefined) {
    throw new KindGcrError('USAGE', "--mount-config can't be combined with --from-docker", {
      hint: "The agent keeps Docker's logins fresh, and --mount-config installs none. Leave out one of them.",
    });
  }
}

async function configText(path: string | undefined, { stdin }: CommandContext): Promise<string | undefined> {
  if (path === undefined) return undefined;
  if (path === '-') return await stdin();
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileFailure(path, 'read', error, { what: `kind config ${path}`, hint: `ls -l ${path}` });
  }
}

function originOf(path: string | undefined): string {
  return path === '-' || path === undefined ? 'the kind config on stdin' : `kind config ${path}`;
}
