import { KindGcrError } from '../../../core/errors.ts';
import { chooseSource, type SourceFlags } from '../../../core/google/choice/source-choice.ts';
import { DEFAULT_HOSTS } from '../../../core/registry/google-hosts.ts';
import { untilInWords } from '../../cli/local-time.ts';
import type { CommandContext } from '../../context.ts';
import { settingsOf } from '../../host/chosen-source.ts';
import { withWay } from '../../host/cluster-ways.ts';
import { registerHelper } from '../../host/docker/helper-registration.ts';
import { hostsOf } from '../../host/docker/planned-registration.ts';
import { warnOfUnsent } from '../../host/from-docker.ts';
import { hostLogin } from '../../host/host-login.ts';
import { keepRenewed, type ServiceFlags } from '../../host/service/keep-renewed.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';
import { engineIsElsewhere } from '../../kind/engine-location.ts';
import { type Creation, leftByKind } from '../first-start/creation.ts';
import { checkNodesSee } from './check-nodes-see.ts';
import { mountedFolder } from './folder.ts';

/**
 * A creation whose nodes mount a config of this machine. Throws what the source throws, and USAGE when the nodes can't see
 * this machine's folders.
 */
export async function mountedCreation(
  cluster: string,
  flags: SourceFlags & ServiceFlags & { readonly registries: readonly string[] },
  engine: ContainerEngine,
  context: CommandContext,
): Promise<Creation> {
  const { user, signal, log, now } = context;
  const choice = chooseSource(context.user, { flags });
  await warnOfUnsent('--mount-config', context);
  const { login, who } = await hostLogin(choice, user, signal);
  if (await engineIsElsewhere(engine)) {
    throw new KindGcrError(
      'USAGE',
      `${engine.name} is on another machine, whose nodes can't mount a folder of this one`,
      { hint: 'Leave out --mount-config: the agent works there, too.' },
    );
  }
  const folder = mountedFolder(cluster, user);
  await folder.write(login, now());
  log.info(`Each node of "${cluster}" mounts a config with credentials of ${who}`);
  return {
    mounts: [folder.mount],
    async made() {
      const hosts = [...DEFAULT_HOSTS, ...flags.registries];
      const registered = await registerHelper(hosts, user, (settings) => ({
        ...withWay(settings, [cluster], 'mounted-config'),
        ...settingsOf(choice, flags),
      }));
      await checkNodesSee(folder.mount, cluster, engine);
      const { line } = await keepRenewed(flags, `kindgcr refresh --name ${cluster}`, context);
      const until = (await folder.times())?.expiresAt;
      const left = until === undefined ? '' : ` ${untilInWords(until, now())}`;
      const text = `Nodes of "${cluster}" read a config that is mounted from this machine; there is no agent in them.
It holds credentials of ${who}${left}.
Docker asks kindgcr for: ${hostsOf(registered).join(', ')}
${line}
`;
      return { text };
    },
    async failed() {
      await folder.empty();
      const left = await leftByKind(engine, cluster, context);
      if (left.length === 0) await folder.remove();
    },
  };
}
