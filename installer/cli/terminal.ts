import { styleText } from 'node:util';
import { type Facts, type Logger, lineLogger } from '../../core/log.ts';

/** How much is printed: errors and warnings, what matters, or each step. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** The streams, and the variables that decide about styles and progress. */
export interface TerminalOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The user's terminal. */
export interface Terminal {
  /** Set from the flags, before a command runs. */
  verbosity: Verbosity;
  /** Log lines for stderr, filtered by the verbosity. */
  readonly log: Logger;
  /** Whether progress can be shown on changing lines. */
  readonly isLive: boolean;
  readonly stderr: NodeJS.WriteStream;
  /** Holds log lines back while the work redraws lines of its own. */
  whileHolding<T>(work: () => Promise<T>): Promise<T>;
  /** The text in a style; plain when stdout is no terminal or NO_COLOR is set. */
  paint(style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string): string;
}

/** A terminal on these streams. */
export function terminal({ stdout, stderr, env }: TerminalOptions): Terminal {
  let held: string[] | undefined;
  const write = (line: string) => {
    if (held === undefined) stderr.write(line);
    else held.push(line);
  };
  const lines = lineLogger(write, { debug: true });
  const isVerbose = () => self.verbosity === 'verbose' || env.KINDGCR_DEBUG === '1';
  const self: Terminal = {
    verbosity: 'normal',
    log: {
      error: lines.error,
      warn: lines.warn,
      info: (message: string, facts?: Facts) => {
        if (self.verbosity !== 'quiet') lines.info(message, facts);
      },
      debug: (message: string, facts?: Facts) => {
        if (isVerbose()) lines.debug(message, facts);
      },
    },
    get isLive() {
      return stderr.isTTY === true && env.TERM !== 'dumb' && !env.CI && self.verbosity === 'normal' && !isVerbose();
    },
    stderr,
    async whileHolding(work) {
      held = [];
      try {
        return await work();
      } finally {
        const lines = held;
        held = undefined;
        for (const line of lines) stderr.write(line);
      }
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
  };
  return self;
}
