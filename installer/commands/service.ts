import { Command } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { outUnlessQuiet } from '../cli/out-unless-quiet.ts';
import { addVerbosity } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { userService } from '../host/service/platform-service.ts';
import { serviceEnvironment } from '../host/service/service-environment.ts';
import type { UserService } from '../host/service/user-service.ts';
import { readSettings } from '../host/settings.ts';

interface ServiceFlags {
  readonly all?: true;
  readonly name?: readonly string[];
}

/** `kindgcr service`. */
export function serviceCommand(context: CommandContext): Command {
  const service = new Command('service').summary('have kindgcr watch always at work, in the background');
  addVerbosity(service.command('install'))
    .summary('start kindgcr watch now and at each login')
    .description(
      'Makes kindgcr watch a background service of yours: a systemd user unit on Linux, a launchd agent on macOS. It runs ' +
        'with the PATH and the settings of this terminal for docker, gcloud and proxies. Safe to run again.',
    )
    .option('--all', 'look after every kind cluster on this machine, also those to come')
    .option('--name <cluster...>', 'look after these, too; they need not exist yet')
    .action((flags: ServiceFlags) => install(flags, context));
  addVerbosity(service.command('uninstall'))
    .summary('stop it and take it away; clusters keep what they have')
    .action(() => uninstall(context));
  addVerbosity(service.command('status'))
    .summary('tell whether it is at work')
    .action(() => status(context));
  return service;
}

async function install({ all, name = [] }: ServiceFlags, context: CommandContext): Promise<void> {
  const { person, log, command } = context;
  const out = outUnlessQuiet(context);
  const service = serviceOf(context);
  const { clusters } = await readSettings(person);
  const { env, withheld } = serviceEnvironment(person.env);
  for (const variable of withheld) log.warn(`${variable} holds a password and is not passed on to the service`);
  const names = name.flatMap((cluster) => ['--name', cluster]);
  await service.install({ command: [...command, 'watch', ...(all ? ['--all'] : []), ...names], env });
  const chosen = [...new Set([...clusters, ...name])];
  out(`kindgcr watch runs in the background, now and at each login: ${service.file}\n`);
  if (all) out('It looks after every kind cluster on this machine.\n');
  else if (chosen.length > 0) out(`It looks after: ${chosen.join(', ')}, and what you install into later.\n`);
  else out('It looks after what you install into: kindgcr install --name CLUSTER\n');
  out(`See what it says: ${(await service.state()).logs}\n`);
  if (person.platform === 'linux')
    out('On a machine where you are not logged in all the time: loginctl enable-linger\n');
}

async function uninstall(context: CommandContext): Promise<void> {
  const wasThere = await serviceOf(context).uninstall();
  outUnlessQuiet(context)(
    wasThere ? 'The background service is gone; clusters keep what they have.\n' : 'There was no background service.\n',
  );
}

async function status(context: CommandContext): Promise<void> {
  const { installed, running, logs } = await serviceOf(context).state();
  if (!installed) context.out('not installed; install it: kindgcr service install\n');
  else context.out(`${running ? 'running' : 'installed, but not running'}; see what it says: ${logs}\n`);
}

function serviceOf({ person, exec, command }: CommandContext): UserService {
  const service = userService(person, exec);
  if (service !== undefined) return service;
  throw new KindGcrError('SERVICE_FAILED', `kindgcr has no background service for ${person.platform}`, {
    hint:
      person.platform === 'win32'
        ? `Let Windows start it at logon: schtasks /Create /SC ONLOGON /TN kindgcr /TR "${command.join(' ')} watch"`
        : 'Have this started at login by what starts your programs: kindgcr watch',
  });
}
