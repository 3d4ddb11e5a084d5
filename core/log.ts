import { oneLine } from './one-line.ts';

/** Facts of one log line, by name. Values are not secrets. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where a program logs; one call is one line. */
export interface Logger {
  error(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
}

/** A logger that drops everything. */
export const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** A logger for a terminal: one line per call through `write`; debug lines only where asked. */
export function lineLogger(write: (line: string) => void, { debug }: { readonly debug: boolean }): Logger {
  const at = (level: string) => (message: string, facts?: Facts) => write(`${level}${formatLine(message, facts)}\n`);
  return {
    error: at('error: '),
    warn: at('warning: '),
    info: at(''),
    debug: debug ? at('debug: ') : () => {},
  };
}

/** One log line without its line end: the message, then its facts as `name=value`, redacted and without control characters. */
export function formatLine(message: string, facts: Facts = {}): string {
  const shown = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${quoted(oneLine(String(value)))}`);
  return `${oneLine(message)}${shown.join('')}`;
}

function quoted(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
