import { errorMessage } from '../../../core/errors.ts';
import { chooseSource, type SourceFlags } from '../../../core/google/choice/source-choice.ts';
import type { AgentConfig } from '../../../core/node/agent-config.ts';
import { readDockerConfig } from '../../../core/registry/read-docker-config.ts';
import { dockerConfigFile } from '../../../core/system/user-folders.ts';
import type { Report } from '../../cli/command.ts';
import type { CommandContext } from '../../context.ts';
import { accountsOf, nodeLogins } from '../../host/node-logins.ts';
import { readSettings } from '../../host/settings.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';
import { engineIsElsewhere } from '../../kind/engine-location.ts';
import { AGENT_MACHINES } from '../../kind/machines.ts';
import { kindNode } from '../../kind/node.ts';
import { agentExecutable } from '../agent/executable.ts';
import { removeAgent } from '../agent/remove.ts';
import { supplyFrom } from '../agent/supply.ts';
import { type Creation, leftByKind } from './creation.ts';
import { layOutFirstCredentials } from './first-credentials.ts';

/** A creation whose nodes start with the agent and credentials; `install` follows when the cluster is up. */
export async function creationWithAgent(
  name: string,
  flags: SourceFlags & Pick<AgentConfig, 'restart' | 'delivery'> & { readonly fromDocker?: readonly string[] },
  engine: ContainerEngine,
  context: CommandContext,
  install: () => Promise<Report>,
): Promise<Creation> {
  const { user, log } = context;
  // First everything that can fail without kind.
  const choice = chooseSource(context.user, { flags });
  const names = flags.fromDocker ?? (await readSettings(user)).fromDocker ?? [];
  const found = await nodeLogins(choice, names, context);
  const supply = await supplyFrom(choice, found, flags);
  await readDockerConfig(dockerConfigFile(user));
  const agents = await agentsByMachine(context);
  if (await engineIsElsewhere(engine)) {
    log.info(`${engine.name} is on another machine: the nodes get credentials when the cluster is up`);
    return { mounts: [], made: install, failed: async () => {} };
  }
  log.info(`Each node of "${name}" starts with credentials of ${accountsOf(found)}`);
  const first = await layOutFirstCredentials(name, { agents, ...supply }, user);
  return {
    mounts: first.mounts,
    async made() {
      await first
        .empty()
        .catch((error: unknown) => log.warn(`the first credentials could not be removed: ${errorMessage(error)}`));
      return await install();
    },
    async failed() {
      await first.empty();
      const left = await leftByKind(engine, name, context);
      if (left.length === 0) return await first.remove();
      for (const node of left.filter(({ isNode, running }) => isNode && running)) {
        await removeAgent(kindNode(engine, node.name)).catch((error: unknown) =>
          log.warn(`${node.name}: ${errorMessage(error)}`),
        );
      }
    },
  };
}

/** The available agents by architecture; each node takes its own. */
async function agentsByMachine(context: CommandContext): Promise<ReadonlyMap<string, string>> {
  const agents = new Map<string, string>();
  let missing: unknown;
  for (const machine of AGENT_MACHINES) {
    try {
      agents.set(machine, (await agentExecutable(machine, context)).path);
    } catch (error) {
      missing ??= error;
    }
  }
  if (agents.size === 0) throw missing;
  return agents;
}
