import { Command, Option } from 'commander';
import { DEFAULT_HOSTS } from '../../core/registry/google-hosts.ts';
import { KNOWN_HOSTS, KNOWN_HOSTS_DATE } from '../../core/registry/google-hosts-known.ts';
import { outUnlessQuiet } from '../cli/out-unless-quiet.ts';
import { registriesOption } from '../cli/registries-option.ts';
import type { CommandContext } from '../context.ts';
import { inTheWay } from '../host/docker/conflicts.ts';
import { warnUnlessOnPath } from '../host/docker/helper-program.ts';
import {
  plannedRegistrations,
  plannedRemovals,
  registerHelper,
  unregisterHelper,
} from '../host/docker/helper-registration.ts';

interface Flags {
  readonly registries: readonly string[];
  readonly all?: boolean;
  readonly undo?: boolean;
  readonly dryRun?: boolean;
}

/** `kindgcr configure-docker`. */
export function configureDockerCommand(context: CommandContext): Command {
  return new Command('configure-docker')
    .summary('let your Docker ask the credential helper')
    .description(
      "Registers the credential helper in your docker config (DOCKER_CONFIG is honoured), and in the file that podman's " +
        'REGISTRY_AUTH_FILE names, for gcr.io, us.gcr.io, eu.gcr.io, asia.gcr.io and what --registries names.',
    )
    .addOption(registriesOption('more registries, separated by commas'))
    .option('--all', `every registry that Google had on ${KNOWN_HOSTS_DATE}; slows old-style builds down`)
    .addOption(new Option('--undo', 'take the helper out again; helpers before it come back').conflicts(['all']))
    .option('--dry-run', 'tell what would be done, and do nothing')
    .addHelpText(
      'after',
      `
Examples:
  kindgcr configure-docker --registries europe-west4-docker.pkg.dev
  kindgcr configure-docker --undo`,
    )
    .action((flags: Flags, command: Command) => {
      if (flags.undo && flags.registries.length > 0)
        command.error('error: --undo takes all registries out; leave --registries out');
      return flags.undo ? undo(flags, context) : configure(flags, context);
    });
}

async function configure({ registries, all, dryRun }: Flags, context: CommandContext) {
  const { person, log } = context;
  const out = dryRun ? context.out : outUnlessQuiet(context);
  const hosts = [...new Set([...DEFAULT_HOSTS, ...registries, ...(all ? KNOWN_HOSTS : [])])];
  const plan = await (dryRun ? plannedRegistrations : registerHelper)(hosts, person);
  for (const { path, config, added: addedHosts } of plan) {
    const added = Object.entries(addedHosts);
    const already = hosts.length - added.length;
    out(`${path}${dryRun ? ' (nothing was changed)' : ''}\n`);
    for (const [host, displaced] of added) {
      out(
        `  ${dryRun ? 'would ask' : 'asks'} kindgcr for ${host}${displaced === null ? '' : ` instead of ${displaced}`}\n`,
      );
    }
    if (already > 0) out(`  asked kindgcr already for ${already} ${already === 1 ? 'registry' : 'registries'}\n`);
    for (const sentence of inTheWay(config, hosts, person.env)) log.warn(`${path}: ${sentence}`);
  }
  warnUnlessOnPath(context);
}

async function undo({ dryRun }: Flags, context: CommandContext) {
  const { person } = context;
  const out = dryRun ? context.out : outUnlessQuiet(context);
  const plan = await (dryRun ? plannedRemovals : unregisterHelper)(person);
  for (const { path, changes } of plan) {
    if (!changes) out(`${path} does not name kindgcr; there is nothing to undo\n`);
    else
      out(
        dryRun ? `${path} would no longer name kindgcr (nothing was changed)\n` : `${path} no longer names kindgcr\n`,
      );
  }
}
