import { Command } from 'commander';
import { VERSION } from '../core/version.ts';
import { addVerbosity, verbosityOf } from './cli/verbosity-option.ts';
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
import { uninstallCommand } from './commands/uninstall.ts';
import { watchCommand } from './commands/watch.ts';
import type { CommandContext } from './context.ts';

/** The command line of `kindgcr`. Throws commander's own errors for wrong usage, KindGcrError for all that is expected. */
export function program(context: CommandContext): Command {
  const kindgcr = new Command('kindgcr')
    .description("Private Google registry images in your Docker and in your kind clusters' nodes.")
    .version(VERSION)
    .helpCommand(true)
    .showHelpAfterError('(kindgcr help tells more)')
    .exitOverride()
    .configureOutput({ writeOut: context.out });
  for (const command of [
    createCommand(context),
    addVerbosity(installCommand(context)),
    addVerbosity(refreshCommand(context)),
    addVerbosity(statusCommand(context)),
    addVerbosity(doctorCommand(context)),
    addVerbosity(uninstallCommand(context)),
    addVerbosity(watchCommand(context)),
    serviceCommand(context),
    addVerbosity(configureDockerCommand(context)),
    configCommand(context),
    addVerbosity(loadCommand(context)),
    addVerbosity(secretCommand(context)),
  ]) {
    kindgcr.addCommand(command.copyInheritedSettings(kindgcr));
    for (const inner of command.commands) inner.copyInheritedSettings(command);
  }
  kindgcr.addCommand(completionCommand(context).copyInheritedSettings(kindgcr));
  kindgcr.addCommand(completeCommand(() => kindgcr, context).copyInheritedSettings(kindgcr), { hidden: true });
  kindgcr.hook('preAction', (_, command) => {
    context.terminal.verbosity = verbosityOf(command);
  });
  return kindgcr;
}
