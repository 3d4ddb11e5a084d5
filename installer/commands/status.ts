import { Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { VERSION } from '../../core/version.ts';
import { clusterOption, isNamed, refuseNameWithAll } from '../cli/cluster-option.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { type OutputFormat, outputOption } from '../cli/output-option.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { type DockerRegistration, dockerRegistration } from '../host/docker/docker-registration.ts';
import { type HostAccount, hostAccount } from '../host/host-account.ts';
import { readSettings } from '../host/settings.ts';
import { trustedHosts } from '../host/trusted-registries.ts';
import { type ClusterState, clusterState } from '../inspect/cluster-state.ts';
import { registryStates, registryTable } from '../inspect/registry-table.ts';
import { type ServiceHealth, serviceHealth, serviceInWords } from '../inspect/service-health.ts';
import { statusTable } from '../inspect/status-table.ts';
import { allClusters } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';

interface StatusFlags {
  readonly name: string;
  readonly all?: boolean;
  readonly output: OutputFormat;
}

/** `kindgcr status`. */
export const statusCommand = defineCommand<StatusFlags, [], CommandContext>({
  name: 'status',
  summary: 'show the state of Docker and of every node',
  description:
    'Shows whether Docker asks kindgcr, where tokens come from, and for each node of the clusters that kindgcr is installed ' +
    'in: the agent, until when its credentials are valid, when they were last renewed, and the last error. Registries whose ' +
    'logins come from your Docker have a table of their own: account, expiry, and where the login is.',
  options: [
    clusterOption().default('kind', 'those that kindgcr is installed in'),
    new Option('--all', 'every kind cluster of this machine'),
    outputOption(),
    ...verbosityOptions(),
  ],
  async run({ flags, command }, context) {
    refuseNameWithAll(flags.all, command);
    return await status(flags, isNamed(command) && flags.all !== true, context);
  },
});

async function status({ name, all }: StatusFlags, isOne: boolean, context: CommandContext): Promise<Report> {
  const { user, exec, log, now } = context;
  const docker = await dockerRegistration(user);
  const settings = await readSettings(user);
  const health = serviceHealth(context);
  const asked = hostAccount(user, context.signal);
  const engine = await findEngine(exec, user.env, log);
  const found = await allClusters(engine);
  const names = isOne ? [name] : all ? found.map((cluster) => cluster.name) : settings.clusters;
  const known = (cluster: string) => found.find((candidate) => candidate.name === cluster);
  if (isOne && known(name) === undefined && !settings.clusters.includes(name)) {
    throw new KindGcrError('NODE_NOT_FOUND', `there is no kind cluster "${name}"`, { hint: 'kindgcr status --all' });
  }
  const clusters = await Promise.all(names.map((cluster) => clusterState(cluster, known(cluster), user)));
  warnOfMissing(clusters, context);
  const registries = await registryStates(clusters, user);
  const [service, from] = [await health, await asked];
  const trusted = await trustedHosts(user);
  const trusts = trusted.length === 0 ? '' : `Trusts   ${trusted.join(', ')}\n`;
  const table =
    clusters.length === 0 ? nothingInstalled(found.map((cluster) => cluster.name)) : statusTable(clusters, now());
  return {
    json: {
      version: VERSION,
      docker,
      source: kindInWords(from),
      account: from.account,
      service,
      engine: engine.name,
      registries,
      trusted,
      clusters,
    },
    text: `${header(docker, from, service, now())}${trusts}\n${registryTable(registries, now())}${table}`,
  };
}

/** What holds for all clusters: a word and what it says, with the step that fixes what is wrong below it. */
function header(docker: DockerRegistration, from: HostAccount, service: ServiceHealth, now: Date): string {
  const problem = from.failure;
  const source = [
    problem === undefined ? from.words : `${from.words}: ${problem.message}`,
    ...(problem?.hint === undefined ? [] : [problem.hint]),
  ];
  // The same failure, seen by the service, is not worth another line.
  const same = problem !== undefined && problem.message === service.failure?.message;
  const lines = { Docker: [dockerInWords(docker)], Source: source };
  const all = { ...lines, Service: serviceInWords(same ? { ...service, failure: null } : service, now) };
  return Object.entries(all)
    .flatMap(([name, [first, ...others]]) => [
      `${name.padEnd(9)}${first}\n`,
      ...others.map((line) => `         ${line}\n`),
    ])
    .join('');
}

function kindInWords({ choice, failure }: HostAccount): string {
  if (choice === undefined) return `none: ${failure?.message}`;
  return 'path' in choice && choice.path !== undefined ? `${choice.kind}, ${choice.path}` : choice.kind;
}

function dockerInWords({ registries, helperIsOnPath }: DockerRegistration): string {
  if (registries.length === 0) return 'does not ask kindgcr';
  const asks = `asks kindgcr for ${registries.join(', ')}`;
  return helperIsOnPath ? asks : `${asks}; but docker-credential-kindgcr is not on PATH`;
}

function nothingInstalled(clusters: readonly string[]): string {
  const hint = clusters.length === 0 ? 'kind create cluster' : `kindgcr install --name ${clusters[0]}`;
  return `kindgcr is not installed in any cluster. ${clusters.length === 0 ? 'There is none; make one' : 'Install it'}: ${hint}\n`;
}

function warnOfMissing(clusters: readonly ClusterState[], { log }: CommandContext): void {
  for (const { name, nodes } of clusters) {
    const missing = nodes.filter(
      (node) => node.state === 'running' && node.agent === null && node.instead === null && node.trouble === null,
    );
    if (missing.length > 0 && missing.length < nodes.length) {
      log.warn(
        `${missing.map((node) => node.name).join(', ')}: no agent; put it there: kindgcr install --name ${name}`,
      );
    }
  }
}
