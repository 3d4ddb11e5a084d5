import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { chooseSource, type SourceChoice } from '../../core/google/source-choice.ts';
import { HOST_SOURCES, type SourceName } from '../../core/google/source-settings.ts';
import { type AgentConfig, RESTART_POLICIES, type RestartPolicy } from '../../core/node/agent-config.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { dockerConfigFile } from '../../core/system/user-folders.ts';
import { agentExecutable } from '../agent-executable.ts';
import { findEngine } from '../container-engine.ts';
import type { CommandContext } from '../context.ts';
import { readDockerConfig } from '../docker-config-file.ts';
import { eachNode } from '../each-node.ts';
import { HELPER_PROGRAM, isOnPath } from '../helper-program.ts';
import { registerHelper } from '../helper-registration.ts';
import { hostLogin } from '../host-login.ts';
import { clusterNodes } from '../kind-cluster.ts';
import { putWhole } from '../put-whole.ts';
import { registryList } from '../registries-option.ts';
import { readSettings, type Settings } from '../settings.ts';
import { validity } from '../validity.ts';
import { clusterOption } from './cluster-option.ts';

/** What `kindgcr install` can be told. */
export interface InstallFlags {
  readonly name: string;
  readonly source?: SourceName;
  readonly keyfile?: string;
  readonly registries: readonly string[];
  readonly restart: RestartPolicy;
}

/** `kindgcr install`. */
export function installCommand(context: CommandContext): Command {
  const command = new Command('install')
    .summary('let a kind cluster and your Docker pull from private Google registries')
    .description(
      `Puts the agent into every running node of a kind cluster, so that its kubelets can pull from your private Google
registries, and registers the credential helper with your Docker. Safe to run again.`,
    )
    .addOption(clusterOption());
  return withInstallOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  kindgcr install                                   the cluster "kind", with your gcloud login
  kindgcr install --name dev --keyfile key.json     the cluster "dev", with a service account key
  kindgcr install --registries europe-docker.pkg.dev`,
    )
    .action((flags: InstallFlags) => install(flags, context));
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
    .option('--registries <hosts>', 'more registries to register with Docker, separated by commas', registryList, [])
    .addOption(
      new Option('--restart <when>', 'restart kubelets after new credentials')
        .choices([...RESTART_POLICIES])
        .default('when-needed'),
    );
}

/** Puts the agent into every running node of a cluster and registers the helper with Docker. */
export async function install(flags: InstallFlags, context: CommandContext): Promise<void> {
  const { person, exec, out, log, signal } = context;
  // First all that can go wrong, without anything having been touched.
  const choice = chosenSource(flags, context);
  const { login, account } = await hostLogin(choice, signal);
  const key = choice.kind === 'keyfile' ? await readFile(choice.path, 'utf8') : undefined;
  const settings = await readSettings(person);
  await readDockerConfig(dockerConfigFile(person));
  const engine = await findEngine(exec, person.env);
  const { running, stopped } = await clusterNodes(engine, flags.name);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped; start it, then run kindgcr install again`);

  const config: AgentConfig = {
    version: 1,
    source: key === undefined ? 'host' : 'keyfile',
    scopes: [...PULL_SCOPES],
    restart: flags.restart,
  };
  const outcomes = await eachNode(running, async (node) => {
    const executable = await agentExecutable((await node.run(['uname', '-m'])).trim(), context);
    return await putWhole(node, { executable, config, key, logins: key === undefined ? [login] : [] }, context);
  });
  const registered = await registerHelper([...DEFAULT_HOSTS, ...flags.registries], person, {
    ...settings,
    ...settingsOf(choice, flags),
    clusters: [...new Set([...settings.clusters, flags.name])],
  });

  out(`These nodes of "${flags.name}" pull from Google's registries as ${account}:\n`);
  for (const { node, result } of outcomes) out(`  ${node.name}  ${validity(result, context.now())}\n`);
  out(`Docker on this machine asks kindgcr for: ${registered.join(', ')}\n`);
  if (key === undefined) out(`Hand in a new token before then: kindgcr refresh --name ${flags.name}\n`);
  else out('The nodes renew their tokens by themselves.\n');
  if (!isOnPath(HELPER_PROGRAM, person)) {
    log.warn(
      `${HELPER_PROGRAM} is not on PATH, so Docker will not find it; put this folder on PATH: ${context.programFolder}`,
    );
  }
}

/** Flags win over variables and settings; a key alone says which source. */
export function chosenSource(
  { source, keyfile }: Pick<InstallFlags, 'source' | 'keyfile'>,
  { person }: Pick<CommandContext, 'person'>,
): SourceChoice {
  if (keyfile !== undefined && source !== undefined && source !== 'keyfile') {
    throw new KindGcrError('USAGE', `--keyfile does not go with --source ${source}`, {
      hint: 'Leave one of them out.',
    });
  }
  const kind = keyfile === undefined ? source : 'keyfile';
  const env = {
    ...person.env,
    ...(kind === undefined ? {} : { KINDGCR_SOURCE: kind }),
    ...(keyfile === undefined ? {} : { KINDGCR_KEYFILE: keyfile }),
  };
  return chooseSource({ ...person, env });
}

/** What the helper must know to use the same source later; nothing when the person named none. */
function settingsOf(choice: SourceChoice, { source, keyfile }: InstallFlags): Partial<Settings> {
  if (source === undefined && keyfile === undefined) return {};
  const own = choice.kind === 'impersonate' ? choice.over : choice;
  return own.kind === 'keyfile' ? { source: own.kind, keyfile: own.path } : { source: own.kind };
}
