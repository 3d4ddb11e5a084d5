import type { Terminal } from './terminal.ts';

/** Where a command prints, and how much. */
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
