import { type Command, Option } from 'commander';
import type { Verbosity } from './terminal.ts';

/** `--quiet` and `--verbose`. */
export function verbosityOptions(): readonly Option[] {
  return [
    new Option('-q, --quiet', 'print only warnings and errors').conflicts('verbose'),
    new Option('-v, --verbose', 'print each step, and each command that is run'),
  ];
}

/** The verbosity that a command's flags ask for; normal without them. */
export function verbosityOf(command: Command): Verbosity {
  const { quiet, verbose } = command.opts<{ quiet?: unknown; verbose?: unknown }>();
  if (quiet === true) return 'quiet';
  return verbose === true ? 'verbose' : 'normal';
}
