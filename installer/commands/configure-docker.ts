import { Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { KNOWN_HOSTS, KNOWN_HOSTS_DATE } from '../../core/registry/google-hosts-known.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { registriesOption } from '../cli/registries-option.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { inTheWay } from '../host/docker/conflicts.ts';
import { warnUnlessOnPath } from '../host/docker/helper-program.ts';
import { registerHelper, unregisterHelper } from '../host/docker/helper-registration.ts';
import { plannedRegistrations, plannedRemovals } from '../host/docker/planned-registration.ts';

interface Flags {
  readonly registries: readonly string[];
  readonly all?: boolean;
  readonly undo?: boolean;
  readonly dryRun?: boolean;
}

/** `kindgcr configure-docker`. */
export const configureDockerCommand = defineCommand<Flags, [], CommandContext>({
  name: 'configure-docker',
  summary: 'register the credential helper with Docker',
  description:
    "Registers the credential helper in your docker config (DOCKER_CONFIG is honoured), and in the file that podman's " +
    'REGISTRY_AUTH_FILE names, for gcr.io, us.gcr.io, eu.gcr.io, asia.gcr.io and what --registries names.',
  allowsExtraArguments: true,
  options: [
    registriesOption('more registries, separated by commas'),
    new Option('--all', `every registry that Google had on ${KNOWN_HOSTS_DATE}; slows legacy builds down`),
    new Option('--undo', 'remove the helper again; helpers before it come back').conflicts(['all']),
    new Option('--dry-run', 'print what would be done, and do nothing'),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr configure-docker --registries europe-west4-docker.pkg.dev
  kindgcr configure-docker --undo`,
  async run({ flags, command }, context) {
    if (command.args.length > 0) {
      throw new KindGcrError('USAGE', 'configure-docker takes its registries from --registries', {
        hint: `kindgcr configure-docker --registries ${command.args.join(',')}`,
      });
    }
    if (flags.undo && flags.registries.length > 0)
      command.error('error: --undo removes all registries; leave --registries out');
    return flags.undo ? await undo(flags, context) : await configure(flags, context);
  },
});

async function configure({ registries, all, dryRun }: Flags, context: CommandContext): Promise<Report> {
  const { user, log } = context;
  const hosts = [...new Set([...DEFAULT_HOSTS, ...registries, ...(all ? KNOWN_HOSTS : [])])];
  const plan = await (dryRun ? plannedRegistrations : registerHelper)(hosts, user);
  const lines = plan.flatMap(({ path, added: addedHosts }) => {
    const added = Object.entries(addedHosts);
    const already = hosts.length - added.length;
    return [
      `${path}${dryRun ? ' (nothing was changed)' : ''}\n`,
      ...added.map(
        ([host, displaced]) =>
          `  ${dryRun ? 'would ask' : 'asks'} kindgcr for ${host}${displaced === null ? '' : ` instead of ${displaced}`}\n`,
      ),
      ...(already > 0 ? [`  already asks kindgcr for ${already} ${already === 1 ? 'registry' : 'registries'}\n`] : []),
    ];
  });
  for (const { path, config } of plan) {
    for (const sentence of inTheWay(config, hosts, user.env)) log.warn(`${path}: ${sentence}`);
  }
  warnUnlessOnPath(context);
  return dryRun ? { text: lines.join('') } : { confirmation: lines.join('') };
}

async function undo({ dryRun }: Flags, { user }: CommandContext): Promise<Report> {
  const plan = await (dryRun ? plannedRemovals : unregisterHelper)(user);
  const lines = plan.map(({ path, changes }) => {
    if (!changes) return `${path} does not name kindgcr; there is nothing to undo\n`;
    return dryRun
      ? `${path} would no longer name kindgcr (nothing was changed)\n`
      : `${path} no longer names kindgcr\n`;
  });
  return dryRun ? { text: lines.join('') } : { confirmation: lines.join('') };
}
