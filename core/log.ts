import { oneLine } from './one-line.ts';

/** The fields of a log line. Values must not be secrets. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A log; each call is one line. */
export interface Logger {
  error(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
}

/** A logger that discards everything. */
export const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** A logger for short-lived commands, which load no library for it: one line per call through `write`. */
export function lineLogger(write: (line: string) => void, { debug }: { readonly debug: boolean }): Logger {
  const at = (level: string) => (message: string, facts?: Facts) => write(`${level}${formatLine(message, facts)}\n`);
  return {
    error: at('error: '),
    warn: at('warning: '),
    info: at(''),
    debug: debug ? at('debug: ') : () => {},
  };
}

/** A log line without its newline: the message, then its fields as `name=value`, redacted and without control characters. */
function formatLine(message: string, facts: Facts = {}): string {
  return withFields(oneLine(message), redactFields(facts));
}

/** The fields with each text as one redacted line. */
export function redactFields(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? oneLine(value) : value]),
  );
}

/** A message and its fields as one line. Neither is redacted here. */
export function withFields(message: string, facts: Facts): string {
  const shown = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${quoted(String(value))}`);
  return `${message}${shown.join('')}`;
}

function quoted(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
