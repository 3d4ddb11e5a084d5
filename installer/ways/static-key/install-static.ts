import { KindGcrError } from '../../../core/errors.ts';
import type { SourceChoice } from '../../../core/google/choice/source-choice.ts';
import { parseServiceAccountKey } from '../../../core/google/sources/service-account-key.ts';
import type { Delivery, RestartPolicy } from '../../../core/node/agent-config.ts';
import { readUserFile } from '../../../core/system/read-user-file.ts';
import type { Report } from '../../cli/command.ts';
import type { CommandContext } from '../../context.ts';
import { warnOfUnsent } from '../../host/from-docker.ts';
import { hostLogin } from '../../host/host-login.ts';
import { agentExecutables } from '../agent/executable.ts';
import { type Installation, installIntoClusters, type PlaceFlags } from '../into-clusters.ts';
import { plannedStatic, putStatic } from './put-static.ts';

/** The flags of `kindgcr install --static`. */
export interface StaticFlags extends PlaceFlags {
  readonly restart: RestartPolicy;
  readonly delivery?: Delivery;
  readonly fromDocker?: readonly string[];
}

/**
 * Writes a service account key itself into every running node of one cluster, or all. Throws USAGE when the source is not
 * a key file, and the source's error when Google refuses the key, before a node is touched.
 */
export async function installStatic(
  flags: StaticFlags,
  choice: SourceChoice,
  context: CommandContext,
): Promise<Report> {
  if (flags.delivery === 'credential-provider') {
    throw new KindGcrError('USAGE', "--static can't be combined with --delivery credential-provider", {
      hint: 'The plugin needs the agent, and --static leaves none. Leave out one of them.',
    });
  }
  if (flags.fromDocker !== undefined) {
    throw new KindGcrError('USAGE', "--static can't be combined with --from-docker", {
      hint: "The agent keeps Docker's logins fresh, and --static installs none. Leave out one of them.",
    });
  }
  if (choice.kind !== 'keyfile') {
    throw new KindGcrError('USAGE', '--static needs a service account key', {
      hint: 'kindgcr install --static --keyfile KEY',
    });
  }
  await warnOfUnsent('--static', context);
  const { account } = await hostLogin(choice, context.user, context.signal); // reports what is wrong with the file
  const key = readUserFile(choice.path).toString('utf8');
  const { client_email: email, private_key_id: id } = parseServiceAccountKey(key, choice.path);
  const executables = agentExecutables(context);
  const installation = {
    command: 'kindgcr install --static',
    account,
    as: `service account ${email}, with its key, which never expires`,
    way: 'static-key',
    settings: { source: 'keyfile', keyfile: choice.path },
    steps: async (facts) => plannedStatic(facts, await executables(facts.machine)),
    async put(node, visit, attendance) {
      const executable = await executables(visit.facts.machine);
      return await putStatic(node, { executable, key, restart: flags.restart }, visit, attendance);
    },
    afterwards: async () => ({
      text: `The key itself is now in these nodes, in /var/lib/kubelet/config.json. Anyone with access to a node or its volume has
it, and all that the account may do, until you delete it:
  gcloud iam service-accounts keys delete ${id ?? 'KEY_ID'} --iam-account=${email}
`,
    }),
  } satisfies Installation;
  return await installIntoClusters(async () => installation, flags, context);
}
