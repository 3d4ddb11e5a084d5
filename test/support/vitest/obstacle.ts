import { test } from 'vitest';

/** `test` where something may be in the way: with an obstacle it is skipped, by name and with that reason. */
export function testUnless(obstacle: string | undefined) {
  return (name: string, body: () => Promise<void> | void, timeout?: number) =>
    test(name, timeout === undefined ? {} : { timeout }, async (context) => {
      if (obstacle !== undefined) context.skip(obstacle);
      await body();
    });
}
