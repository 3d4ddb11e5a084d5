import { test } from 'vitest';

/** The obstacle for a test that looks at processes in /proc. */
export const notLinux = process.platform === 'linux' ? undefined : 'reads /proc';

/** `test` that is skipped, with the reason, if there is an obstacle. */
export function testUnless(obstacle: string | undefined) {
  return (name: string, body: () => Promise<void> | void, timeout?: number) =>
    test(name, timeout === undefined ? {} : { timeout }, async (context) => {
      if (obstacle !== undefined) context.skip(obstacle);
      await body();
    });
}
