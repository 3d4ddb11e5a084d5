import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KindGcrError } from '../../../../core/errors.ts';
import type { AccessToken, CredentialSource } from '../../../../core/google/access-token.ts';
import { tokenThroughCache } from '../../../../core/google/cache/token-through-cache.ts';
import { silent } from '../../../../core/log.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';

const ID = 'a'.repeat(32);
const MINUTES = 60_000;

/** A cache in a fresh folder, its clock, and a source whose answers the test gives. */
async function cacheOf() {
  const folder = await tempDir();
  const clock = { now: Date.now() }; // of this time, as the files' own times are
  const asked: PromiseWithResolvers<AccessToken>[] = [];
  const source: CredentialSource = {
    description: 'a source',
    getAccessToken() {
      const answer = Promise.withResolvers<AccessToken>();
      asked.push(answer);
      return answer.promise;
    },
  };
  const options = { file: join(folder, `token-${ID}.json`), log: silent, now: () => new Date(clock.now) };
  const get = () => tokenThroughCache(async () => source, options, 600);
  const token = (minutes: number, text = 'ya29.test') => ({
    token: text,
    expiresAt: new Date(clock.now + minutes * MINUTES),
  });
  /** The next question that the source is asked. */
  const question = async (number: number) => {
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(number);
    return asked[number - 1] as PromiseWithResolvers<AccessToken>;
  };
  return { folder, clock, asked, get, token, question };
}

const DOWN = new KindGcrError('TOKEN_EXCHANGE_FAILED', 'Google is down', { hint: 'Wait.' });

test('fifty concurrent requests to a failing source share one failure', async () => {
  const { asked, get, question } = await cacheOf();
  const all = Array.from({ length: 50 }, get).map((one) => one.catch((error: unknown) => error));
  (await question(1)).reject(DOWN);
  for (const failure of await Promise.all(all)) {
    expect(failure).toMatchObject({ code: 'TOKEN_EXCHANGE_FAILED', message: 'Google is down', hint: 'Wait.' });
  }
  expect(asked).toHaveLength(1);
});

test('fifty concurrent requests share one token', async () => {
  const { asked, get, token, question } = await cacheOf();
  const all = Array.from({ length: 50 }, get);
  (await question(1)).resolve(token(60));
  expect(new Set((await Promise.all(all)).map((one) => one.token)).size).toBe(1);
  expect(asked).toHaveLength(1);
});

test('a request after a failure asks the source again', async () => {
  const { clock, get, token, question } = await cacheOf();
  const first = get();
  (await question(1)).reject(DOWN);
  await expect(first).rejects.toThrow('Google is down');
  clock.now += 1;
  const second = get();
  (await question(2)).resolve(token(60));
  expect((await second).token).toBe('ya29.test');
});

test('if the source fails, a token that expires soon is better than none', async () => {
  const { clock, get, token, question } = await cacheOf();
  const first = get();
  (await question(1)).resolve(token(60, 'ya29.first'));
  await first;
  clock.now += 55 * MINUTES;
  const second = get();
  (await question(2)).reject(DOWN);
  expect((await second).token).toBe('ya29.first');
  clock.now += 4.5 * MINUTES;
  const third = get();
  (await question(3)).reject(DOWN);
  await expect(third).rejects.toThrow('Google is down');
});

test('an older token does not hide a refused credential', async () => {
  const { clock, get, token, question } = await cacheOf();
  const first = get();
  (await question(1)).resolve(token(60));
  await first;
  clock.now += 55 * MINUTES;
  const second = get();
  (await question(2)).reject(new KindGcrError('CREDENTIAL_INVALID', 'the key is gone', { hint: 'Try again' }));
  await expect(second).rejects.toThrow('the key is gone');
});

test('a clock that jumps ahead causes a request, one that jumps back keeps the token', async () => {
  const { clock, asked, get, token, question } = await cacheOf();
  const first = get();
  (await question(1)).resolve(token(60));
  await first;
  clock.now -= 8 * 60 * MINUTES;
  await get();
  expect(asked).toHaveLength(1);
  clock.now += 16 * 60 * MINUTES;
  const second = get();
  (await question(2)).resolve(token(60));
  await second;
});

test('old cache files are removed, others are kept', async () => {
  const { folder, clock, get, token, question } = await cacheOf();
  const old = new Date(clock.now - 25 * 60 * MINUTES);
  for (const name of [`token-${'b'.repeat(32)}.json`, `.token-${'c'.repeat(32)}.json.0a1b.tmp`, 'notes.txt']) {
    await writeFile(join(folder, name), '');
    await utimes(join(folder, name), old, old);
  }
  const recent = `token-${'d'.repeat(32)}.json`;
  await writeFile(join(folder, recent), '');
  await utimes(join(folder, recent), new Date(clock.now), new Date(clock.now));
  const first = get();
  (await question(1)).resolve(token(60));
  await first;
  expect((await readdir(folder)).sort()).toEqual(
    ['notes.txt', `token-${ID}.json`, `token-${ID}.json.lock`, recent].sort(),
  );
});
