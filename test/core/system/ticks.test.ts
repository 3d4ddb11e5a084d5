import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ticking } from '../../../core/system/ticks.ts';

// Clocks of the test's own: the wall clock, the monotonic one and the timers, which go together until the test sets the
// wall clock.

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
    await vi.advanceTimersByTimeAsync(MINUTE); // for a tick that is under way
    await ended;
    vi.useRealTimers();
  });
  return {
    ended,
    ticks: () => ticks,
    stop: () => end.abort(),
    /** Ticks while this time goes by. */
    async during(milliseconds: number) {
      const before = ticks;
      await vi.advanceTimersByTimeAsync(milliseconds);
      return ticks - before;
    },
  };
}

test('a tick at once, and then four a minute by the wall clock', async () => {
  const it = start();
  expect(it.ticks()).toBe(1);
  expect(await it.during(10 * MINUTE)).toBe(40);
});

test('a wall clock that leaps ahead is made up for by one tick, not by all that it leapt over', async () => {
  const it = start();
  await it.during(MINUTE);
  vi.setSystemTime(Date.now() + 8 * 60 * MINUTE);
  expect(await it.during(MINUTE)).toBeLessThanOrEqual(6);
  expect(await it.during(10 * MINUTE)).toBeGreaterThanOrEqual(38);
});

test('a wall clock that is set back a day stops nothing for longer than a minute and a half', async () => {
  const it = start();
  await it.during(MINUTE);
  vi.setSystemTime(Date.now() - 24 * 60 * MINUTE);
  for (let step = 0; step < 10; step++) expect(await it.during(1.5 * MINUTE)).toBeGreaterThanOrEqual(1);
});

test('a tick that takes long has no second one beside it', async () => {
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

test('after the signal it ends, and no tick comes any more', async () => {
  const it = start();
  await it.during(MINUTE);
  it.stop();
  await it.ended;
  expect(await it.during(10 * MINUTE)).toBe(0);
});
