import { readFile } from 'node:fs/promises';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import { parseServiceAccountKey } from '../../core/google/service-account-key.ts';
import type { SourceChoice } from '../../core/google/source-choice.ts';
import type { RestartPolicy } from '../../core/node/agent-config.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { agentExecutables } from '../agent-executable.ts';
import { findEngine } from '../container-engine.ts';
import type { CommandContext } from '../context.ts';
import { eachNode } from '../each-node.ts';
import { registerHelper } from '../helper-registration.ts';
import { hostLogin } from '../host-login.ts';
import { clusterNodes } from '../kind-cluster.ts';
import { hasAgent, removeAgent } from '../node-files.ts';
import { readSettings } from '../settings.ts';
import { putStatic } from './put-static.ts';

/** What `kindgcr install --static` can be told. */
export interface StaticFlags {
  readonly name: string;
  readonly registries: readonly string[];
  readonly restart: RestartPolicy;
}

/**
 * Writes a service account key into every running node of a cluster, as it is. Throws USAGE when the source is no key
 * file, and whatever a key that Google refuses throws, before a node is touched.
 */
export async function installStatic(flags: StaticFlags, choice: SourceChoice, context: CommandContext): Promise<void> {
  const { person, exec, out, log, signal } = context;
  if (choice.kind !== 'keyfile') {
    throw new KindGcrError('USAGE', '--static needs a service account key', {
      hint: 'kindgcr install --static --keyfile KEY',
    });
  }
  const key = await readFile(choice.path, 'utf8').catch(() => '');
  await hostLogin(choice, signal); // says what is wrong with it
  const { client_email: email, private_key_id: id } = parseServiceAccountKey(key, choice.path);
  const settings = await readSettings(person);
  const engine = await findEngine(exec, person.env);
  const { running, stopped } = await clusterNodes(engine, flags.name);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped; start it, then run this again`);
  const executables = agentExecutables(context);
  await eachNode(running, async (node) => {
    const before = await hasAgent(node);
    const executable = await executables((await node.run(['uname', '-m'])).trim());
    log.info(`${node.name}: writing the key`);
    try {
      await putStatic(node, { executable, key, restart: flags.restart });
    } catch (error) {
      if (!before)
        await removeAgent(node).catch((failure: unknown) => log.warn(`${node.name}: ${errorMessage(failure)}`));
      throw error;
    }
  });
  const registered = await registerHelper([...DEFAULT_HOSTS, ...flags.registries], person, {
    ...settings,
    source: 'keyfile',
    keyfile: choice.path,
    // A cluster that is watched would get the agent.
    clusters: settings.clusters.filter((cluster) => cluster !== flags.name),
  });
  out(`These nodes of "${flags.name}" pull from Google's registries as service account ${email}, without an end:\n`);
  for (const { name } of running) out(`  ${name}\n`);
  out(`Docker on this machine asks kindgcr for: ${registered.join(', ')}
The key itself now lies in these nodes, in /var/lib/kubelet/config.json. Who gets into a node, or at its volume, has it
until it is deleted, with all that the account may do:
  gcloud iam service-accounts keys delete ${id ?? 'KEY_ID'} --iam-account=${email}
`);
}
