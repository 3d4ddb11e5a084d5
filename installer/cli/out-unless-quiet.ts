import type { Terminal } from './terminal.ts';

/** What a command prints to, and whether it should. */
interface Output {
  readonly out: (text: string) => void;
  readonly terminal: Pick<Terminal, 'verbosity'>;
}

/** Prints messages that only confirm success; `--quiet` drops them. */
export function outUnlessQuiet({ out, terminal }: Output): (text: string) => void {
  return (text) => {
    if (terminal.verbosity !== 'quiet') out(text);
  };
}
