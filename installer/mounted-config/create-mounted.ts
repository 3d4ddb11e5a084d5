import { KindGcrError } from '../../core/errors.ts';
import type { SourceChoice } from '../../core/google/choice/source-choice.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import type { CommandContext } from '../context.ts';
import { engineIsElsewhere } from '../create/engine-place.ts';
import { registerHelper } from '../docker/helper-registration.ts';
import type { ContainerEngine } from '../kind/container-engine.ts';
import { chosenSource, type SourceFlags, settingsOf } from '../settings/chosen-source.ts';
import { withWay } from '../settings/cluster-ways.ts';
import { hostLogin } from '../settings/host-login.ts';
import { readSettings } from '../settings/settings.ts';
import { inWords } from '../terminal/durations.ts';
import { type MountedFolder, mountedFolder } from './folder.ts';

/** A config that a cluster's nodes are about to mount. */
export interface MountedStart {
  readonly folder: MountedFolder;
  readonly choice: SourceChoice;
  readonly account: string;
}

/** Writes the config before the nodes are made. Throws what the source throws, USAGE where nodes could not see it. */
export async function startMounted(
  cluster: string,
  flags: SourceFlags,
  engine: ContainerEngine,
  context: CommandContext,
): Promise<MountedStart> {
  const { person, signal, log, now } = context;
  const choice = chosenSource(flags, context);
  const { login, account } = await hostLogin(choice, signal);
  if (await engineIsElsewhere(engine)) {
    throw new KindGcrError(
      'USAGE',
      `${engine.name} is on another machine, whose nodes can't mount a folder of this one`,
      {
        hint: 'Leave --mount-config out: the agent works there, too.',
      },
    );
  }
  const folder = mountedFolder(cluster, person);
  await folder.write(login, now());
  log.info(`Each node of "${cluster}" mounts a config with credentials of ${account}`);
  return { folder, choice, account };
}

/** Registers the helper with Docker, remembers how the cluster is supplied, and says what keeps it so. */
export async function finishMounted(
  cluster: string,
  { folder, choice, account }: MountedStart,
  flags: SourceFlags & { readonly registries: readonly string[] },
  { person, out, now }: CommandContext,
): Promise<void> {
  const settings = {
    ...withWay(await readSettings(person), [cluster], 'mounted-config'),
    ...settingsOf(choice, flags),
  };
  const registered = await registerHelper([...DEFAULT_HOSTS, ...flags.registries], person, settings);
  const times = await folder.times();
  const left =
    times === undefined ? '' : ` until ${times.expiresAt} (${inWords(Date.parse(times.expiresAt) - now().getTime())})`;
  out(`Nodes of "${cluster}" read a config that is mounted from this machine; there is no agent in them.
It holds credentials of ${account}${left}.
Docker asks kindgcr for: ${registered.join(', ')}
Only a running kindgcr keeps the config fresh: kindgcr service install, or kindgcr watch; by hand,
kindgcr refresh --name ${cluster}
`);
}
