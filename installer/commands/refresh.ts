import { Command } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { clusterOption } from '../cli/cluster-option.ts';
import { outcomeJson, outcomeLines } from '../cli/node-outcome.ts';
import { withProgress } from '../cli/node-progress.ts';
import { outUnlessQuiet } from '../cli/out-unless-quiet.ts';
import { jsonDocument, type OutputFormat, outputOption } from '../cli/output-option.ts';
import type { CommandContext } from '../context.ts';
import { hostLogin } from '../host/host-login.ts';
import { readSettings } from '../host/settings.ts';
import { findCluster } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';
import { throwFailures } from '../kind/each-node.ts';
import { nodeFacts } from '../ways/agent/inspect-node.ts';
import { handOver } from '../ways/agent/put-agent.ts';
import { mountedFolder } from '../ways/mounted-config/folder.ts';

interface RefreshFlags {
  readonly name: string;
  readonly output: OutputFormat;
}

/** `kindgcr refresh`. */
export function refreshCommand(context: CommandContext): Command {
  return new Command('refresh')
    .summary("hand a fresh token to a cluster's nodes now")
    .description(
      'Asks the credential source of this host for a token and hands it to every running node of a kind cluster.',
    )
    .addOption(clusterOption())
    .addOption(outputOption())
    .action((flags: RefreshFlags) => refresh(flags, context));
}

async function refresh({ name: cluster, output }: RefreshFlags, context: CommandContext): Promise<void> {
  const { person, exec, out, log, signal, now, terminal } = context;
  const { login, account } = await hostLogin(chooseSource(person), signal);
  if ((await readSettings(person)).ways?.[cluster] === 'mounted-config') {
    const { expiresAt } = await mountedFolder(cluster, person).write(login, now());
    if (output === 'json') out(jsonDocument({ account, mounted: { cluster, expiresAt } }));
    else outUnlessQuiet(context)(`Fresh credentials of ${account} in "${cluster}", until ${expiresAt}.\n`);
    return;
  }
  const engine = await findEngine(exec, person.env, log);
  const { running, stopped } = await findCluster(engine, cluster);
  for (const name of stopped) log.warn(`${name} is stopped and was skipped`);
  const attempts = await withProgress(
    running,
    async (node) => {
      const { hasAgent, instead } = await nodeFacts(node);
      if (instead === 'static-key') {
        throw new KindGcrError('USAGE', `${node.name} holds the key itself, which has no end`, {
          hint: `For tokens in its place: kindgcr install --name ${cluster}`,
        });
      }
      if (!hasAgent) {
        throw new KindGcrError('NODE_FAILED', `${node.name} has no kindgcr-agent`, {
          hint: `Install it: kindgcr install --name ${cluster}`,
        });
      }
      return await handOver(node, [login], signal);
    },
    terminal,
  );
  if (output === 'json') {
    out(jsonDocument({ account, nodes: outcomeJson(attempts, stopped) }));
  } else if (attempts.length > 1 || attempts.some((attempt) => 'result' in attempt)) {
    const tell = outUnlessQuiet(context);
    tell(`Fresh credentials of ${account} in "${cluster}":\n`);
    tell(outcomeLines(attempts, stopped, { now: now(), terminal }));
  }
  throwFailures(attempts);
}
