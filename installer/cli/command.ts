import { type Argument, Command, type Option } from 'commander';
import type { KindGcrError } from '../../core/errors.ts';
import { outUnlessQuiet } from './out-unless-quiet.ts';
import type { OutputFormat } from './output-option.ts';
import type { Terminal } from './terminal.ts';

/** The result of a command. */
export interface Report {
  /** For `--output json`, in place of the texts. */
  readonly json?: unknown;
  /** What the user asked for. */
  readonly text?: string;
  /** Confirms success after `text`; `--quiet` drops it. */
  readonly confirmation?: string;
  /** Thrown after everything else is printed: it decides the exit code. */
  readonly failure?: KindGcrError | undefined;
}

/** One call of a command. */
export interface Call<Flags, Args extends readonly unknown[] = readonly unknown[]> {
  readonly flags: Flags;
  /** In the order of `arguments`. */
  readonly args: Args;
  /** To see whether a flag was left at its default, for example. */
  readonly command: Command;
}

/** A command: data, and the function that does its work. */
export interface CommandDefinition<Flags, Args extends readonly unknown[], Context> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly usage?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Passes unknown options on as arguments. */
  readonly passesOptions?: boolean;
  /** Passes on arguments that it does not name, in `command.args`, so that the command can word the error. */
  readonly allowsExtraArguments?: boolean;
  /** Printed below the options of `--help`. */
  readonly helpAfter?: string;
  run(call: Call<Flags, Args>, context: Context): Promise<Report | undefined>;
}

/** Commands that share a first word. */
export interface CommandGroup<Context> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly helpAfter?: string;
  readonly commands: readonly AnyCommand<Context>[];
}

/** A command without the types of its flags and arguments. */
export interface AnyCommand<Context> {
  readonly allowsExtraArguments?: boolean;
  toCommander(context: Context): Command;
}

interface Output {
  readonly out: (text: string) => void;
  readonly terminal: Pick<Terminal, 'verbosity'>;
}

/** Defines a command; the types of its flags and arguments stay inside. */
export function defineCommand<Flags, Args extends readonly unknown[], Context extends Output>(
  definition: CommandDefinition<Flags, Args, Context>,
): AnyCommand<Context> {
  return {
    allowsExtraArguments: definition.allowsExtraArguments === true,
    toCommander(context) {
      const command = described(new Command(definition.name), definition);
      if (definition.usage !== undefined) command.usage(definition.usage);
      for (const argument of definition.arguments ?? []) command.addArgument(argument);
      for (const option of definition.options ?? []) command.addOption(option);
      if (definition.passesOptions) command.allowUnknownOption();
      return command.action(async (...given: unknown[]) => {
        // commander passes the arguments, the flags and the command, without types.
        const args = given.slice(0, -2) as unknown as Args;
        const report = await definition.run({ flags: command.opts() as Flags, args, command }, context);
        if (report !== undefined) print(report, command.opts<{ output?: OutputFormat }>(), context);
      });
    },
  };
}

/** Defines commands that share a first word. */
export function defineGroup<Context extends Output>(group: CommandGroup<Context>): AnyCommand<Context> {
  return {
    toCommander(context) {
      const command = described(new Command(group.name), group);
      for (const inner of group.commands) command.addCommand(inner.toCommander(context));
      return command;
    },
  };
}

function described(
  command: Command,
  { summary, description = summary, helpAfter }: Pick<CommandGroup<unknown>, 'summary' | 'description' | 'helpAfter'>,
): Command {
  command.summary(summary).description(description);
  return helpAfter === undefined ? command : command.addHelpText('after', `\n${helpAfter}`);
}

/** Prints a report in the format that the user asked for, and throws its failure. */
function print(
  { json, text = '', confirmation = '', failure }: Report,
  { output }: { output?: OutputFormat },
  to: Output,
) {
  if (output === 'json' && json !== undefined) to.out(`${JSON.stringify(json, undefined, 2)}\n`);
  else if (output !== 'json') {
    to.out(text);
    outUnlessQuiet(to)(confirmation);
  }
  if (failure !== undefined) throw failure;
}
