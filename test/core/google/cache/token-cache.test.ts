import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cachedToken, readCachedToken } from '../../../../core/google/cache/token-cache.ts';
import { writeCached } from '../../../../core/google/cache/write-cached-token.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { anyJson, jsonObject, spoilt } from '../../../support/text/json-texts.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');

test('whatever a cache file contains, it is a token that is valid long enough or none', async () => {
  const path = join(await tempDir(), 'token.json');
  const value = fc.oneof(
    fc.constantFrom(
      '"ya29.test"',
      '"2031-05-06T13:00:00.000Z"',
      '"2031-05-06T12:00:01.000Z"',
      '"soon"',
      '""',
      '"2031-05-06T11:59:00.000Z"',
      String(uptime() - 60),
    ),
    anyJson,
  );
  const cached = jsonObject(fc.constantFrom('token', 'expiresAt', 'storedAt', 'uptime', '__proto__'), value);
  const bytes = fc.oneof(
    fc.oneof(cached, spoilt(cached), anyJson).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 30 }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      await writeFile(path, content, { mode: 0o600 });
      const found = readCachedToken(path, { minLife: 600, now: NOON });
      if (found === undefined) return;
      expect(found.token).toMatch(/./s);
      expect(found.expiresAt.getTime()).toBeGreaterThanOrEqual(NOON.getTime() + 600_000);
    }),
    { numRuns: 1000 },
  );
});

const HOUR = 3600_000;
const at = (hours: number) => new Date(NOON.getTime() + hours * HOUR);

/** A cache folder with a token of one hour that was stored at noon. */
async function storedToken(changes: object = {}) {
  const path = join(await tempDir(), 'token.json');
  await writeCached(path, { ...cachedToken({ token: 'ya29.test', expiresAt: at(1) }, NOON), ...changes }, NOON);
  return { path, read: (now: Date) => readCachedToken(path, { minLife: 600, now })?.token };
}

test('a token is returned while it is valid, also if the clock was set back meanwhile', async () => {
  const { read } = await storedToken();
  expect(read(at(0.5))).toBe('ya29.test');
  expect(read(at(-8))).toBe('ya29.test');
  expect(read(at(0.9))).toBeUndefined();
});

test('an expired token is not returned after the clock was set back', async () => {
  const { read } = await storedToken({ uptime: uptime() - 2 * 3600 });
  expect(read(at(0.1))).toBeUndefined();
});

test('after a reboot, a clock from before the token is not trusted', async () => {
  const { read } = await storedToken({ uptime: uptime() + 3600 });
  expect(read(at(0.1))).toBe('ya29.test');
  expect(read(at(-1))).toBeUndefined();
});

test('an expiry later than any token can have is not trusted', async () => {
  const { read } = await storedToken({ expiresAt: at(13).toISOString() });
  expect(read(at(0.1))).toBeUndefined();
});

test.each([
  [
    'a link in the place of the file',
    async (path: string) => {
      await rename(path, `${path}.elsewhere`);
      await symlink(`${path}.elsewhere`, path);
    },
  ],
  [
    'a FIFO',
    async (path: string) => {
      await rm(path);
      execFileSync('mkfifo', ['-m', '600', path]);
    },
  ],
  ['a file that others can read', (path: string) => chmod(path, 0o644)],
  ['a folder that others can enter', (path: string) => chmod(join(path, '..'), 0o755)],
  [
    'a link in the place of the folder',
    async (path: string) => {
      const folder = join(path, '..');
      const elsewhere = join(await tempDir(), 'elsewhere');
      await rename(folder, elsewhere);
      await symlink(elsewhere, folder);
    },
  ],
])('no token is read through %s', async (_, change) => {
  const { path, read } = await storedToken();
  await change(path);
  expect(read(at(0.1))).toBeUndefined();
});

test('a token replaces a link instead of following it, and is not written into a folder that others can access', async () => {
  const { path } = await storedToken();
  const elsewhere = join(await tempDir(), 'notes');
  await writeFile(elsewhere, 'mine');
  await rm(path);
  await symlink(elsewhere, path);
  await writeCached(path, { token: 'ya29.test' }, NOON);
  expect(await readFile(elsewhere, 'utf8')).toBe('mine');
  const open = join(await tempDir(), 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  await writeCached(join(open, 'token.json'), { token: 'ya29.test' }, NOON);
  await expect(readFile(join(open, 'token.json'))).rejects.toThrow('ENOENT');
});
