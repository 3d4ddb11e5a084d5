import { Command } from 'commander';
import { redactValues } from '../core/redact.ts';
import { VERSION } from '../core/version.ts';
import { verbosityOf } from './cli/verbosity-option.ts';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { configureDockerCommand } from './commands/configure-docker.ts';
import { createCommand } from './commands/create-cluster.ts';
import { doctorCommand } from './commands/doctor.ts';
import { installCommand } from './commands/install.ts';
import { loadCommand } from './commands/load.ts';
import { refreshCommand } from './commands/refresh.ts';
import { secretCommand } from './commands/secret.ts';
import { serviceCommand } from './commands/service.ts';
import { statusCommand } from './commands/status.ts';
import { trustCommand } from './commands/trust.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import { watchCommand } from './commands/watch.ts';
import type { CommandContext } from './context.ts';

const COMMANDS = [
  createCommand,
  installCommand,
  refreshCommand,
  statusCommand,
  doctorCommand,
  uninstallCommand,
  watchCommand,
  serviceCommand,
  configureDockerCommand,
  configCommand,
  loadCommand,
  secretCommand,
  trustCommand,
  completionCommand,
];

/**
 * The command line of `kindgcr`; `args` are those that commander's errors may quote. Throws commander's own errors for
 * wrong usage, KindGcrError for everything expected.
 */
export function program(context: CommandContext, args: readonly string[] = []): Command {
  const kindgcr = new Command('kindgcr')
    .description("Private Google registry images in your Docker and in your kind clusters' nodes.")
    .version(VERSION)
    .helpCommand(true)
    .showHelpAfterError('(see kindgcr help)')
    .exitOverride()
    .configureOutput({ writeOut: context.out, outputError: (text, write) => write(redactValues(text, args)) });
  const add = (command: Command, hidden = false) => {
    kindgcr.addCommand(command.copyInheritedSettings(kindgcr), { hidden });
    for (const inner of command.commands) inner.copyInheritedSettings(command);
  };
  for (const command of COMMANDS) {
    const added = command.toCommander(context);
    add(added);
    added.allowExcessArguments(command.allowsExtraArguments === true); // copied settings have overwritten it
  }
  add(completeCommand(() => kindgcr).toCommander(context), true);
  kindgcr.hook('preAction', (_, command) => {
    context.terminal.verbosity = verbosityOf(command);
  });
  return kindgcr;
}
