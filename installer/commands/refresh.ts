import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { clusterOption } from '../cli/cluster-option.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { untilInWords } from '../cli/local-time.ts';
import { outcomeJson, outcomeLines } from '../cli/node-outcome.ts';
import { withProgress } from '../cli/node-progress.ts';
import { type OutputFormat, outputOption } from '../cli/output-option.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { hostLogin } from '../host/host-login.ts';
import { accountsOf, loginsFor, nodeLogins } from '../host/node-logins.ts';
import { readSettings } from '../host/settings.ts';
import { findCluster } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';
import { failureOf } from '../kind/each-node.ts';
import { nodeFacts } from '../ways/agent/inspect-node.ts';
import { agentStatus, sendLogins } from '../ways/agent/put-agent.ts';
import { mountedFolder } from '../ways/mounted-config/folder.ts';

interface RefreshFlags {
  readonly name: string;
  readonly output: OutputFormat;
}

/** `kindgcr refresh`. */
export const refreshCommand = defineCommand<RefreshFlags, [], CommandContext>({
  name: 'refresh',
  summary: "send a fresh token to a cluster's nodes now",
  description:
    'Asks the credential source of this host for a token and sends it to every running node of a kind cluster.',
  options: [clusterOption(), outputOption(), ...verbosityOptions()],
  run: ({ flags }, context) => refresh(flags, context),
});

async function refresh({ name: cluster }: RefreshFlags, context: CommandContext): Promise<Report> {
  const { user, exec, log, signal, now, terminal } = context;
  const { ways, fromDocker = [] } = await readSettings(user);
  if (ways?.[cluster] === 'mounted-config') {
    const { login, account, who } = await hostLogin(chooseSource(user), user, signal);
    const { expiresAt } = await mountedFolder(cluster, user).write(login, now());
    return {
      json: { account, mounted: { cluster, expiresAt } },
      confirmation: `Fresh credentials of ${who} in "${cluster}", ${untilInWords(expiresAt, now())}.\n`,
    };
  }
  const found = await nodeLogins(chooseSource(user), fromDocker, context);
  const who = accountsOf(found);
  const engine = await findEngine(exec, user.env, log);
  const { running, stopped } = await findCluster(engine, cluster);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped`);
  const attempts = await withProgress(
    running,
    async (node) => {
      const { hasAgent, instead } = await nodeFacts(node);
      if (instead === 'static-key') {
        throw new KindGcrError('USAGE', `${node.name} holds the key itself, which never expires`, {
          hint: `For tokens instead: kindgcr install --name ${cluster}`,
        });
      }
      if (!hasAgent) {
        throw new KindGcrError('NODE_FAILED', `${node.name} has no kindgcr-agent`, {
          hint: `Install it: kindgcr install --name ${cluster}`,
        });
      }
      const mints = (await agentStatus(node)).source === 'keyfile' && found.docker.logins.length > 0;
      return await sendLogins(node, loginsFor(found, { mints }), { owners: found.owners, signal });
    },
    terminal,
  );
  const summary = `Fresh credentials of ${who} in "${cluster}":\n${outcomeLines(attempts, stopped, { now: now(), terminal })}`;
  const isSingleFailure = attempts.length === 1 && attempts.every((attempt) => 'failure' in attempt);
  return {
    json: { account: found.google?.account ?? who, nodes: outcomeJson(attempts, stopped) },
    ...(isSingleFailure ? {} : { confirmation: summary }),
    failure: failureOf(attempts),
  };
}
