import cron from 'node-cron';

/** Milliseconds without a tick, besides the interval, after which the schedule is restarted. */
const PATIENCE = 45_000;
const WATCH_INTERVAL = 20_000;

/** cron's own log would go to the console, with a line for each skipped tick. */
const MUTE = { info() {}, warn() {}, error() {}, debug() {} };

/** How often and how long to tick. */
export interface TickOptions {
  /** Seconds between ticks: a divisor of 60. */
  readonly everySeconds: number;
  /** Stops the ticks, after the one that is running. */
  readonly signal: AbortSignal;
}

/** Ticks at once, and then by the wall clock until the signal. Never two ticks at a time. A tick must not reject. */
export async function ticking(tick: () => Promise<void>, { everySeconds, signal }: TickOptions): Promise<void> {
  await tick();
  if (signal.aborted) return;
  let running = Promise.resolve();
  let lastEnd = performance.now();
  const task = cron.schedule(
    `*/${everySeconds} * * * * *`,
    () => {
      running = tick().finally(() => {
        lastEnd = performance.now();
      });
      return running;
    },
    { noOverlap: true, suppressMissedWarning: true, logger: MUTE },
  );
  // When the clock jumps ahead, cron reports each missed tick; the next tick makes up for all of them.
  task.on('execution:missed', () => {});
  // When the clock is set back, cron waits for the old time: restarting the schedule makes it use the new one.
  const watchdog = setInterval(() => {
    if (task.getStatus() === 'running' || performance.now() - lastEnd < everySeconds * 1000 + PATIENCE) return;
    task.stop();
    task.start();
  }, WATCH_INTERVAL);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(watchdog);
  await task.destroy();
  await running;
}
