import winston from 'winston';
import { formatLine, type Logger } from './log.ts';

/** Syslog priorities of our levels, by which journald filters and colours. */
const PRIORITIES = { error: 3, warn: 4, info: 6, debug: 7 } as const;

/** How the log of the daemon is written. */
export interface JournalOptions {
  /** Under journald each line begins with its priority (`<6>`) and journald knows the time; elsewhere the line tells it. */
  readonly underJournald: boolean;
  /** Tells each step, too. */
  readonly debug: boolean;
  /** Tells warnings and errors alone. */
  readonly quiet?: boolean;
  readonly output: NodeJS.WritableStream;
}

/** The daemon's log: one redacted line a fact. */
export function journal({ underJournald, debug, quiet = false, output }: JournalOptions): Logger {
  const logger = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: quiet ? 'warn' : debug ? 'debug' : 'info',
    format: winston.format.printf(({ level, message }) => {
      const start = underJournald ? `<${priorityOf(level)}>` : `${new Date().toISOString()} ${level} `;
      return `${start}${String(message)}`;
    }),
    transports: [new winston.transports.Stream({ stream: output, eol: '\n' })],
  });
  const at =
    (level: keyof typeof PRIORITIES): Logger['info'] =>
    (message, facts) => {
      logger.log(level, formatLine(message, facts));
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

function priorityOf(level: string): number {
  return Object.hasOwn(PRIORITIES, level) ? PRIORITIES[level as keyof typeof PRIORITIES] : PRIORITIES.info;
}
