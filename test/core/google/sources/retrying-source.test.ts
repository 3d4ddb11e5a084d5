import { expect, test } from 'vitest';
import { KindGcrError } from '../../../../core/errors.ts';
import { retryingSource } from '../../../../core/google/sources/retrying-source.ts';

const TOKEN = { token: 'ya29.test', expiresAt: new Date(Date.now() + 3600_000) };
const PASSING = new KindGcrError('TOKEN_EXCHANGE_FAILED', 'Google is down', { hint: 'Try again' });

/** Asks a source that ends its first calls in these ways, and tells how long it waited in between. */
async function ask(failures: readonly KindGcrError[], random = 0.5) {
  const left = [...failures];
  const waits: number[] = [];
  let calls = 0;
  const source = retryingSource(
    {
      description: 'a source',
      async getAccessToken() {
        calls += 1;
        const failure = left.shift();
        if (failure) throw failure;
        return TOKEN;
      },
    },
    { wait: async (milliseconds) => void waits.push(milliseconds), random: () => random },
  );
  const outcome = await source.getAccessToken().catch((error: unknown) => error);
  return { outcome, calls, waits };
}

test('a temporary failure is retried twice, with backoff and jitter', async () => {
  expect(await ask([PASSING, PASSING])).toEqual({ outcome: TOKEN, calls: 3, waits: [500, 1000] });
  expect((await ask([PASSING, PASSING], 0)).waits).toEqual([250, 500]);
  expect(await ask([PASSING, PASSING, PASSING])).toMatchObject({ outcome: PASSING, calls: 3 });
});

test('a permanent refusal is not retried, nor one with a later time for the retry', async () => {
  const final = new KindGcrError('CREDENTIAL_INVALID', 'the key is gone', { hint: 'Try again' });
  expect(await ask([final])).toMatchObject({ outcome: final, calls: 1 });
  const later = new KindGcrError('TOKEN_EXCHANGE_FAILED', 'busy', {
    hint: 'Try again',
    retryAt: new Date(Date.now() + 60_000),
  });
  expect(await ask([later])).toMatchObject({ outcome: later, calls: 1 });
});
