import type { Command, Option } from 'commander';

/** A word that can be completed at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What can be completed at the cursor: words, names of kind clusters, or files. */
export type Completion = readonly Candidate[] | 'clusters' | 'files';

/**
 * Completes a command line from its own definition. `words` are those after the program's name up to the cursor; the last
 * one is being typed and may be empty.
 */
export function completion(program: Command, words: readonly string[]): Completion {
  // Some shells split `--name=dev` at the equals sign.
  const typed = words.filter((word) => word !== '=');
  const before = typed.slice(0, -1);
  let command = program;
  let open: Option | undefined;
  for (const word of before) {
    if (open !== undefined) {
      open = undefined;
    } else if (word.startsWith('-')) {
      open = optionsOf(command).find((option) => takesValue(option) && (option.long === word || option.short === word));
    } else {
      command = command.commands.find((candidate) => candidate.name() === word) ?? command;
    }
  }
  if (open !== undefined) return valuesOf(open);
  const options = optionsOf(command).flatMap(({ long, description }) =>
    long == null || before.includes(long) ? [] : [{ word: long, description }],
  );
  if (typed.at(-1)?.startsWith('-')) return options;
  const help = command.createHelp();
  const commands = help
    .visibleCommands(command)
    .map((child) => ({ word: child.name(), description: child.summary() || child.description() }));
  const choices = (command.registeredArguments[0]?.argChoices ?? []).map((word) => ({ word, description: '' }));
  return [...commands, ...choices, ...(commands.length + choices.length > 0 ? [] : options)];
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function valuesOf(option: Option): Completion {
  if (option.argChoices !== undefined) return option.argChoices.map((word) => ({ word, description: '' }));
  if (option.long === '--name') return 'clusters';
  return /path|file/.test(option.flags) ? 'files' : [];
}
