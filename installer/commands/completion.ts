import { Argument, type Command } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { type AnyCommand, defineCommand } from '../cli/command.ts';
import { completion } from '../cli/completion-candidates.ts';
import { COMPLETION_SCRIPTS, type Shell } from '../cli/completion-scripts.ts';
import type { CommandContext } from '../context.ts';
import { allClusters } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';

/** `kindgcr completion`. */
export const completionCommand = defineCommand<object, [Shell], CommandContext>({
  name: 'completion',
  summary: "print a shell's completion script",
  description: "Prints a script that lets a shell complete kindgcr's commands, options and cluster names.",
  arguments: [new Argument('<shell>').choices(Object.keys(COMPLETION_SCRIPTS))],
  helpAfter: `Set it up permanently:
  bash   echo 'source <(kindgcr completion bash)' >> ~/.bashrc
  zsh    echo 'source <(kindgcr completion zsh)' >> ~/.zshrc  (after compinit)
  fish   kindgcr completion fish > ~/.config/fish/completions/kindgcr.fish`,
  run: async ({ args: [shell] }) => ({ text: COMPLETION_SCRIPTS[shell] }),
});

/** What those scripts call at each press of the tab key; `program` is called when all commands are defined. */
export function completeCommand(program: () => Command): AnyCommand<CommandContext> {
  return defineCommand<object, [readonly string[]], CommandContext>({
    name: '__complete',
    summary: 'completion candidates, one a line',
    arguments: [new Argument('[words...]')],
    passesOptions: true,
    async run({ args: [words] }, context) {
      const found = completion(program(), words);
      if (found === 'files') return { text: ':files\n' };
      const candidates = found === 'clusters' ? await clusterNames(context) : found;
      return { text: candidates.map(({ word, description }) => `${word}\t${description}\n`).join('') };
    },
  });
}

async function clusterNames({ exec, user }: CommandContext) {
  try {
    const clusters = await allClusters(await findEngine(exec, user.env));
    return clusters.map(({ name, running }) => ({ word: name, description: `${running.length} running` }));
  } catch (error) {
    if (error instanceof KindGcrError) return []; // no engine, nothing to offer
    throw error;
  }
}
