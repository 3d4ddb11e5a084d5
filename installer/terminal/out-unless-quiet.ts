import type { CommandContext } from '../context.ts';

/** Prints what tells only that all went well: nothing of it with `--quiet`. */
export function outUnlessQuiet({ out, terminal }: Pick<CommandContext, 'out' | 'terminal'>): (text: string) => void {
  return (text) => {
    if (terminal.verbosity !== 'quiet') out(text);
  };
}
