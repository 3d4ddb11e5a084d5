import cron from 'node-cron';

/** Milliseconds without a tick after which the watchdog steps in, beside what cron itself waits. */
const PATIENCE = 45_000;
const WATCH_INTERVAL = 20_000;

/** cron's own log goes to the console in colours, a line for each tick that a long one leaves out. */
const MUTE = { info() {}, warn() {}, error() {}, debug() {} };

/** When and until when to tick. */
export interface TickOptions {
  /** Seconds from tick to tick: a part of a minute, without a remainder. */
  readonly everySeconds: number;
  /** Ends the ticking, after the tick that runs. */
  readonly signal: AbortSignal;
}

/**
 * Ticks at once, and then by the wall clock until the signal; by a timer where the wall clock was set back and cron waits
 * for it. Never two ticks at a time. A tick must not reject.
 */
export async function ticking(tick: () => Promise<void>, { everySeconds, signal }: TickOptions): Promise<void> {
  let running: Promise<void> | undefined;
  let lastEnd = performance.now();
  const once = () => {
    running ??= tick().finally(() => {
      running = undefined;
      lastEnd = performance.now();
    });
    return running;
  };
  await once();
  if (signal.aborted) return;
  const pattern = `*/${everySeconds} * * * * *`;
  const task = cron.schedule(pattern, once, { noOverlap: true, suppressMissedWarning: true, logger: MUTE });
  // A leap forward makes cron report each tick that it leapt over; the next tick makes up for all of them.
  task.on('execution:missed', () => {});
  const watchdog = setInterval(() => {
    if (performance.now() - lastEnd >= everySeconds * 1000 + PATIENCE) void once();
  }, WATCH_INTERVAL);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(watchdog);
  await task.destroy();
  await running;
}
