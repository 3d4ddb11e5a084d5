import { redact } from './redact.ts';

/** Facts of one log line, by name. Values must not be secrets. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where a program tells what it does; one call is one line. */
export interface Logger {
  error(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
}

/** A logger that says nothing. */
export const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** A logger for a person at a terminal: one redacted line a call through `write`; debug lines only where asked. */
export function lineLogger(write: (line: string) => void, { debug }: { readonly debug: boolean }): Logger {
  const at = (level: string) => (message: string, facts?: Facts) => write(`${level}${formatLine(message, facts)}\n`);
  return {
    error: at('error: '),
    warn: at('warning: '),
    info: at(''),
    debug: debug ? at('debug: ') : () => {},
  };
}

/** One log line without its end: the message, then its facts as `name=value`, redacted. */
export function formatLine(message: string, facts: Facts = {}): string {
  const shown = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${quoted(String(value))}`);
  return redact(`${message}${shown.join('')}`);
}

function quoted(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
