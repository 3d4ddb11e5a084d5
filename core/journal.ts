import winston from 'winston';
import { type Facts, type Logger, redactFields, withFields } from './log.ts';
import { oneLine } from './one-line.ts';

/** Syslog priorities of our levels, by which journald filters and colours. */
const PRIORITIES: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

const { combine, json, printf, timestamp } = winston.format;

/** The formats of a long-running program's log. */
const FORMATS = {
  /** Each line starts with its priority (`<6>`); journald adds the time. */
  journald: printf(({ level, message, ...facts }) => `<${PRIORITIES[level]}>${line(message, facts)}`),
  text: combine(
    timestamp(),
    printf(({ level, message, timestamp: time, ...facts }) => `${time} ${level} ${line(message, facts)}`),
  ),
  json: combine(timestamp(), json()),
};

/** How the log of a long-running program is written. */
export interface JournalOptions {
  readonly format: keyof typeof FORMATS;
  readonly level: keyof Logger;
  readonly output: NodeJS.WritableStream;
}

/** The format that the environment asks for: `KINDGCR_LOG_FORMAT=json`, or journald's where it reads the output. */
export function journalFormat(env: Readonly<Record<string, string | undefined>>): keyof typeof FORMATS {
  if (env.KINDGCR_LOG_FORMAT === 'json') return 'json';
  return env.JOURNAL_STREAM === undefined ? 'text' : 'journald';
}

/** The log of the agent's daemon and of `kindgcr watch`: one redacted line per call. */
export function journal({ format, level, output }: JournalOptions): Logger {
  return winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level,
    format: combine(redacted(), FORMATS[format]),
    transports: [new winston.transports.Stream({ stream: output, eol: '\n' })],
  });
}

const redacted = winston.format((info) =>
  Object.assign(info, redactFields(info as unknown as Facts), { message: oneLine(String(info.message)) }),
);

function line(message: unknown, facts: object): string {
  return withFields(String(message), facts as Facts);
}
