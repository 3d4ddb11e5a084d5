import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ticking } from '../../../core/system/ticks.ts';

// Fake clocks: wall clock, monotonic clock and timers advance together until a test sets the wall clock.

beforeEach(() => void vi.useFakeTimers({ now: new Date('2031-05-06T12:00:00.000Z') }));

const MINUTE = 60_000;

/** Ticks every fifteen seconds until the test ends. */
function start(tick: () => Promise<void> = async () => {}) {
  const end = new AbortController();
  let ticks = 0;
  const ended = ticking(
    async () => {
      ticks += 1;
      await tick();
    },
    { everySeconds: 15, signal: end.signal },
  );
  onTestFinished(async () => {
    end.abort();
    await vi.advanceTimersByTimeAsync(MINUTE); // for a running tick
    await ended;
    vi.useRealTimers();
  });
  return {
    ended,
    ticks: () => ticks,
    stop: () => end.abort(),
    /** The number of ticks during so many milliseconds. */
    async during(milliseconds: number) {
      const before = ticks;
      await vi.advanceTimersByTimeAsync(milliseconds);
      return ticks - before;
    },
  };
}

test('ticks at once, and then four times a minute by the wall clock', async () => {
  const it = start();
  expect(it.ticks()).toBe(1);
  expect(await it.during(10 * MINUTE)).toBe(40);
});

test('after the clock jumps ahead there is one tick, not one for each that was missed', async () => {
  const it = start();
  await it.during(MINUTE);
  vi.setSystemTime(Date.now() + 8 * 60 * MINUTE);
  expect(await it.during(MINUTE)).toBeLessThanOrEqual(6);
  expect(await it.during(10 * MINUTE)).toBeGreaterThanOrEqual(38);
});

test('after the clock is set back a day, ticks resume within a minute and a half', async () => {
  const it = start();
  await it.during(MINUTE);
  vi.setSystemTime(Date.now() - 24 * 60 * MINUTE);
  expect(await it.during(1.5 * MINUTE)).toBeGreaterThanOrEqual(1);
  expect(await it.during(10 * MINUTE)).toBeGreaterThanOrEqual(38);
});

test('a long tick never overlaps with another', async () => {
  let inside = 0;
  let most = 0;
  const it = start(async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 40_000));
    inside -= 1;
  });
  expect(await it.during(10 * MINUTE)).toBeGreaterThan(5);
  expect(most).toBe(1);
});

test('after the signal there are no more ticks', async () => {
  const it = start();
  await it.during(MINUTE);
  it.stop();
  await it.ended;
  expect(await it.during(10 * MINUTE)).toBe(0);
});
