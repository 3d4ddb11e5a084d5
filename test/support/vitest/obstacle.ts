import { test } from 'vitest';

/** `test` that is skipped, with the reason, if there is an obstacle. */
export function testUnless(obstacle: string | undefined) {
  return (name: string, body: () => Promise<void> | void, timeout?: number) =>
    test(name, timeout === undefined ? {} : { timeout }, async (context) => {
      if (obstacle !== undefined) context.skip(obstacle);
      await body();
    });
}
