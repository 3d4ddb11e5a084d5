import { Option } from 'commander';
import { chooseSource, type SourceFlags } from '../../core/google/choice/source-choice.ts';
import type { Delivery, RestartPolicy } from '../../core/node/agent-config.ts';
import { clusterOption, refuseNameWithAll } from '../cli/cluster-option.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { INSTALL_OPTIONS } from '../cli/install-options.ts';
import { outputOption } from '../cli/output-option.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { settingsOf } from '../host/chosen-source.ts';
import { unusedLogins } from '../host/from-docker.ts';
import { accountsOf, keysOf, type NodeLogins, nodeLogins } from '../host/node-logins.ts';
import { keepRenewed, type ServiceFlags, type ServiceOutcome } from '../host/service/keep-renewed.ts';
import { readSettings } from '../host/settings.ts';
import { agentExecutables } from '../ways/agent/executable.ts';
import { firstConfig } from '../ways/agent/first-config.ts';
import type { NodeFacts } from '../ways/agent/inspect-node.ts';
import { type AgentSetup, pendingChanges, putAgent } from '../ways/agent/put-agent.ts';
import { type Supply, supplyFrom } from '../ways/agent/supply.ts';
import { type Installation, installIntoClusters, type PlaceFlags } from '../ways/into-clusters.ts';
import { settleDelivery } from '../ways/plugin/delivery.ts';
import { installStatic } from '../ways/static-key/install-static.ts';
import { trustAllInNode } from '../ways/trust/node-trust.ts';

/** The flags of `kindgcr install`. */
export interface InstallFlags extends SourceFlags, PlaceFlags, ServiceFlags {
  readonly restart: RestartPolicy;
  readonly delivery?: Delivery;
  readonly static?: boolean;
  /** Registries whose logins nodes get from the user's Docker. */
  readonly fromDocker?: readonly string[];
}

/** Printed after an install with the user's own login. */
const WHAT_NODES_HOLD =
  'The nodes hold your own token, which can do all that you can. To give them less:\n  kindgcr config set impersonate NAME@PROJECT.iam.gserviceaccount.com (docs/ways.md)\n';

/** `kindgcr install`. */
export const installCommand = defineCommand<InstallFlags, [], CommandContext>({
  name: 'install',
  summary: 'let a kind cluster and your Docker pull from private Google registries',
  description:
    'Installs the agent in every running node of a kind cluster, so that its kubelets can pull from your private Google ' +
    'registries, and registers the credential helper with your Docker. Safe to run again.',
  options: [
    clusterOption(),
    new Option('--all', 'every kind cluster of this machine'),
    ...INSTALL_OPTIONS,
    new Option('--static', 'write the key itself into the nodes: it never expires and nothing is left running'),
    new Option('--dry-run', 'print what would be done, and do nothing'),
    outputOption(),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr install                                  "kind", by your gcloud login
  kindgcr install --name dev --keyfile key.json    "dev", by an account's key
  kindgcr install --registries europe-docker.pkg.dev
  kindgcr install --from-docker ghcr.io,docker.io  with logins of your Docker
  kindgcr install --all --dry-run                  what it would do everywhere`,
  async run({ flags, command }, context) {
    refuseNameWithAll(flags.all, command);
    if (flags.static) return await installStatic(flags, chooseSource(context.user, { flags }), context);
    return await install(flags, context);
  },
});

/** Installs the agent. Throws what the source throws before a node is touched, and when a node failed, after the others. */
export async function install(flags: InstallFlags, context: CommandContext): Promise<Report> {
  const choice = chooseSource(context.user, { flags });
  const executables = agentExecutables(context);
  return await installIntoClusters(prepare, flags, context);

  async function prepare(): Promise<Installation> {
    const names = flags.fromDocker ?? (await readSettings(context.user)).fromDocker ?? [];
    const found = await nodeLogins(choice, names, context);
    const supply = await supplyFrom(choice, found, flags);
    const unused = context.terminal.isLive ? await unusedLogins(names, context) : [];
    const setupFor = async ({ machine }: NodeFacts): Promise<AgentSetup> => ({
      executable: await executables(machine),
      ...supply,
    });
    return {
      command: 'kindgcr install',
      account: found.google?.account ?? accountsOf(found),
      as: found.google?.who,
      way: flags.delivery === 'credential-provider' ? flags.delivery : undefined,
      settings: { ...settingsOf(choice, flags), ...(flags.fromDocker && { fromDocker: [...flags.fromDocker] }) },
      firstConfig: firstConfig(supply),
      async steps(facts) {
        const setup = await setupFor(facts);
        return [...pendingChanges(facts, setup), ...stepsFor(found, setup)];
      },
      async put(node, visit, attendance) {
        const { facts } = visit;
        const report = await putAgent(node, await setupFor(facts), attendance, visit);
        await trustAllInNode(node, context);
        const wanted = { delivery: flags.delivery, keys: keysOf(found), hasPlugin: facts.hasPlugin };
        await settleDelivery(node, wanted, attendance.step);
        return report;
      },
      async afterwards(clusters) {
        const { line, service } = await renewal(supply, clusters);
        return {
          text: [
            fromDocker(found),
            `${line}\n`,
            found.google !== undefined && !found.google.login.pullOnly && supply.key === undefined
              ? WHAT_NODES_HOLD
              : '',
            unused.length > 0
              ? `Docker also has logins for ${unused.join(', ')}; to use them in nodes: kindgcr install --from-docker ${unused.join(',')}\n`
              : '',
          ].join(''),
          json: { source: choice.kind, ...(service === undefined ? {} : { service }) },
        };
      },
    };
  }

  /** Nodes that get logins from this machine need something that renews them. */
  async function renewal(
    { logins }: Supply,
    clusters: readonly string[],
  ): Promise<Partial<ServiceOutcome> & { readonly line: string }> {
    if (logins.length === 0) return { line: 'The nodes renew their tokens by themselves.' };
    return await keepRenewed(flags, clusters.map((name) => `kindgcr refresh --name ${name}`).join('; '), context);
  }
}

/** What a node is given, for a plan. */
function stepsFor({ docker }: NodeLogins, { config, logins }: AgentSetup): readonly string[] {
  const others = docker.logins.map(({ registry, from }) => `send the login to ${registry.name} from ${from}`);
  if (config.source === 'keyfile') return ['check its credentials', ...others];
  return logins.length > others.length ? ['send a token', ...others] : others;
}

function fromDocker({ docker }: NodeLogins): string {
  const lines = docker.logins.map(
    ({ registry, login, from }) => `Nodes pull from ${registry.name} as ${login.username} (from ${from})\n`,
  );
  return lines.join('');
}
