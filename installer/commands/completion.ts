import { Argument, Command } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { completion } from '../cli/completion-candidates.ts';
import { COMPLETION_SCRIPTS, type Shell } from '../cli/completion-scripts.ts';
import type { CommandContext } from '../context.ts';
import { allClusters } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';

/** `kindgcr completion`. */
export function completionCommand({ out }: CommandContext): Command {
  return new Command('completion')
    .summary("print a shell's completion script")
    .description("Prints a script that lets a shell complete kindgcr's commands, options and cluster names.")
    .addArgument(new Argument('<shell>').choices(Object.keys(COMPLETION_SCRIPTS)))
    .addHelpText(
      'after',
      `
Set it up for good:
  bash   echo 'source <(kindgcr completion bash)' >> ~/.bashrc
  zsh    echo 'source <(kindgcr completion zsh)' >> ~/.zshrc  (after compinit)
  fish   kindgcr completion fish > ~/.config/fish/completions/kindgcr.fish`,
    )
    .action((shell: Shell) => out(COMPLETION_SCRIPTS[shell]));
}

/** What those scripts call at each press of the tab key; `program` is asked for when all commands are known. */
export function completeCommand(program: () => Command, context: CommandContext): Command {
  return new Command('__complete')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const found = completion(program(), words);
      if (found === 'files') return context.out(':files\n');
      const candidates = found === 'clusters' ? await clusterNames(context) : found;
      context.out(candidates.map(({ word, description }) => `${word}\t${description}\n`).join(''));
    });
}

async function clusterNames({ exec, person }: CommandContext) {
  try {
    const clusters = await allClusters(await findEngine(exec, person.env));
    return clusters.map(({ name, running }) => ({ word: name, description: `${running.length} running` }));
  } catch (error) {
    if (error instanceof KindGcrError) return []; // no engine, nothing to offer
    throw error;
  }
}
