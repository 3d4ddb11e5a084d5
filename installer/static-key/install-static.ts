import { readFile } from 'node:fs/promises';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import { parseServiceAccountKey } from '../../core/google/service-account-key.ts';
import type { SourceChoice } from '../../core/google/source-choice.ts';
import type { Delivery, RestartPolicy } from '../../core/node/agent-config.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { dockerConfigFile } from '../../core/system/user-folders.ts';
import type { CommandContext } from '../context.ts';
import { readDockerConfig } from '../docker/docker-config-file.ts';
import { registerHelper } from '../docker/helper-registration.ts';
import { tellPlan } from '../install/plan.ts';
import { askedClusters } from '../kind/asked-clusters.ts';
import { findEngine } from '../kind/container-engine.ts';
import { throwFailures } from '../kind/each-node.ts';
import { mountedFolder } from '../mounted-config/folder.ts';
import { agentExecutables } from '../node-agent/executable.ts';
import { type NodeFacts, nodeFacts, removeAgent } from '../node-agent/files.ts';
import { jsonDocument, type OutputFormat } from '../options/output.ts';
import { withWay } from '../settings/cluster-ways.ts';
import { hostLogin } from '../settings/host-login.ts';
import { readSettings } from '../settings/settings.ts';
import { outcomeJson, outcomeLines } from '../terminal/node-outcome.ts';
import { withProgress } from '../terminal/node-progress.ts';
import { plannedStatic, putStatic } from './put-static.ts';

/** What `kindgcr install --static` can be told. */
export interface StaticFlags {
  readonly name: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly output?: OutputFormat;
  readonly registries: readonly string[];
  readonly restart: RestartPolicy;
  readonly delivery?: Delivery;
}

/**
 * Writes a service account key into every running node of one cluster, or all, as it is. Throws USAGE when the source is
 * no key file, and whatever a key that Google refuses throws, before a node is touched.
 */
export async function installStatic(flags: StaticFlags, choice: SourceChoice, context: CommandContext): Promise<void> {
  const { person, exec, out, log, signal, terminal } = context;
  if (flags.delivery === 'credential-provider') {
    throw new KindGcrError('USAGE', '--static does not go with --delivery credential-provider', {
      hint: 'A plugin needs the agent, and --static leaves none. Leave one of them out.',
    });
  }
  if (choice.kind !== 'keyfile') {
    throw new KindGcrError('USAGE', '--static needs a service account key', {
      hint: 'kindgcr install --static --keyfile KEY',
    });
  }
  const key = await readFile(choice.path, 'utf8').catch(() => '');
  const { account } = await hostLogin(choice, signal); // says what is wrong with it
  const { client_email: email, private_key_id: id } = parseServiceAccountKey(key, choice.path);
  const settings = await readSettings(person);
  await readDockerConfig(dockerConfigFile(person));
  const engine = await findEngine(exec, person.env, log);
  const clusters = await askedClusters(engine, flags);
  const stopped = clusters.flatMap((cluster) => cluster.stopped);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped; start it, then run this again`);
  const nodes = clusters.flatMap(({ running }) => running);
  const executables = agentExecutables(context);
  if (flags.dryRun) {
    const stepsFor = async (facts: NodeFacts) => plannedStatic(facts, await executables(facts.machine));
    return await tellPlan('kindgcr install --static', nodes, stepsFor, flags, context);
  }

  const attempts = await withProgress(
    nodes,
    async (node, step) => {
      const facts = await nodeFacts(node);
      const executable = await executables(facts.machine);
      signal.throwIfAborted();
      step('writing the key');
      try {
        return await putStatic(node, { executable, key, restart: flags.restart }, facts);
      } catch (error) {
        if (!facts.hasAgent) {
          await removeAgent(node).catch((failure: unknown) => log.warn(`${node.name}: ${errorMessage(failure)}`));
        }
        throw error;
      }
    },
    terminal,
  );
  const whole = new Set(attempts.flatMap((attempt) => ('result' in attempt ? [attempt.node] : [])));
  const written = clusters.filter(({ running }) => running.some((node) => whole.has(node))).map(({ name }) => name);
  const registered =
    written.length === 0
      ? []
      : await registerHelper([...DEFAULT_HOSTS, ...flags.registries], person, {
          ...withWay(settings, written, 'static-key'),
          source: 'keyfile',
          keyfile: choice.path,
        });
  for (const cluster of written) await mountedFolder(cluster, person).empty();

  if (flags.output === 'json') {
    out(jsonDocument({ account, nodes: outcomeJson(attempts, stopped), registries: registered }));
  } else if (terminal.verbosity !== 'quiet' && whole.size > 0) {
    const names = clusters.map(({ name }) => `"${name}"`).join(', ');
    out(`Nodes of ${names} that pull from Google's registries as service account ${email}, without an end:\n`);
    out(outcomeLines(attempts, stopped, { now: context.now(), terminal }));
    out(`Docker asks kindgcr for: ${registered.join(', ')}
The key itself now lies in these nodes, in /var/lib/kubelet/config.json. Who gets into a node, or at its volume, has it
until it is deleted, with all that the account may do:
  gcloud iam service-accounts keys delete ${id ?? 'KEY_ID'} --iam-account=${email}
`);
  }
  throwFailures(attempts);
}
