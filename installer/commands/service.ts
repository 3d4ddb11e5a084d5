import { Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { defineCommand, defineGroup, type Report } from '../cli/command.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { userService } from '../host/service/platform-service.ts';
import { serviceEnvironment } from '../host/service/service-environment.ts';
import type { UserService } from '../host/service/user-service.ts';
import { readSettings } from '../host/settings.ts';

interface ServiceFlags {
  readonly all?: true;
  readonly name?: readonly string[];
}

const installServiceCommand = defineCommand<ServiceFlags, [], CommandContext>({
  name: 'install',
  summary: 'start kindgcr watch now and at each login',
  description:
    'Makes kindgcr watch a background service of yours: a systemd user unit on Linux, a launchd agent on macOS. It runs ' +
    'with the PATH and the settings of this terminal for docker, gcloud and proxies. Safe to run again.',
  options: [
    new Option('--all', 'look after every kind cluster on this machine, also future ones'),
    new Option('--name <cluster...>', 'look after these, too; they need not exist yet'),
    ...verbosityOptions(),
  ],
  run: ({ flags }, context) => install(flags, context),
});

/** `kindgcr service`. */
export const serviceCommand = defineGroup<CommandContext>({
  name: 'service',
  summary: 'run kindgcr watch in the background',
  commands: [
    installServiceCommand,
    defineCommand<object, [], CommandContext>({
      name: 'uninstall',
      summary: 'stop it and remove it; clusters keep what they have',
      options: verbosityOptions(),
      run: (_, context) => uninstall(context),
    }),
    defineCommand<object, [], CommandContext>({
      name: 'status',
      summary: 'print whether it is running',
      options: verbosityOptions(),
      run: (_, context) => status(context),
    }),
  ],
});

async function install({ all, name = [] }: ServiceFlags, context: CommandContext): Promise<Report> {
  const { user, log, command } = context;
  const service = serviceOf(context);
  const { clusters } = await readSettings(user);
  const { env, withheld } = serviceEnvironment(user.env);
  for (const variable of withheld) log.warn(`${variable} holds a password and is not passed on to the service`);
  const names = name.flatMap((cluster) => ['--name', cluster]);
  await service.install({ command: [...command, 'watch', ...(all ? ['--all'] : []), ...names], env });
  const chosen = [...new Set([...clusters, ...name])];
  const lines = [
    `kindgcr watch runs in the background, now and at each login: ${service.file}`,
    scopeInWords(all, chosen),
    `See what it logs: ${(await service.state()).logs}`,
    ...(user.platform === 'linux'
      ? ['On a machine where you are not logged in all the time: loginctl enable-linger']
      : []),
  ];
  return { confirmation: `${lines.join('\n')}\n` };
}

function scopeInWords(all: boolean | undefined, chosen: readonly string[]): string {
  if (all) return 'It looks after every kind cluster on this machine.';
  if (chosen.length > 0) return `It looks after: ${chosen.join(', ')}, and what you install into later.`;
  return 'It looks after what you install into: kindgcr install --name CLUSTER';
}

async function uninstall(context: CommandContext): Promise<Report> {
  const wasThere = await serviceOf(context).uninstall();
  return {
    confirmation: wasThere
      ? 'The background service is gone; clusters keep what they have.\n'
      : 'There was no background service.\n',
  };
}

async function status(context: CommandContext): Promise<Report> {
  const { installed, running, logs } = await serviceOf(context).state();
  if (!installed) return { text: 'not installed; install it: kindgcr service install\n' };
  return { text: `${running ? 'running' : 'installed, but not running'}; see what it logs: ${logs}\n` };
}

function serviceOf({ user, exec, command }: CommandContext): UserService {
  const service = userService(user, exec);
  if (service !== undefined) return service;
  throw new KindGcrError('SERVICE_FAILED', `kindgcr has no background service for ${user.platform}`, {
    hint:
      user.platform === 'win32'
        ? `Let Windows start it at logon: schtasks /Create /SC ONLOGON /TN kindgcr /TR "${command.join(' ')} watch"`
        : 'Have this started at login by what starts your programs: kindgcr watch',
  });
}
