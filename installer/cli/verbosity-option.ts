import { type Command, Option } from 'commander';
import type { Verbosity } from './terminal.ts';

/** Adds `--quiet` and `--verbose` to a command. */
export function addVerbosity(command: Command): Command {
  return command
    .addOption(new Option('-q, --quiet', 'tell only warnings and errors').conflicts('verbose'))
    .addOption(new Option('-v, --verbose', 'tell each step, and each command that is run'));
}

/** What the flags of a command ask for; a command without them is neither. */
export function verbosityOf(command: Command): Verbosity {
  const { quiet, verbose } = command.opts<{ quiet?: unknown; verbose?: unknown }>();
  if (quiet === true) return 'quiet';
  return verbose === true ? 'verbose' : 'normal';
}
