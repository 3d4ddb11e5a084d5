import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCachedToken } from '../../../../core/google/cache/token-cache.ts';
import { anyJson, jsonObject, spoilt } from '../../../support/json-texts.ts';
import { tempDir } from '../../../support/temp-dir.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');

test('whatever bytes are in a cached token’s file, it is a token with enough life or none', async () => {
  const path = join(await tempDir(), 'token.json');
  const value = fc.oneof(
    fc.constantFrom('"ya29.test"', '"2031-05-06T13:00:00.000Z"', '"2031-05-06T12:00:01.000Z"', '"soon"', '""'),
    anyJson,
  );
  const cached = jsonObject(fc.constantFrom('token', 'expiresAt', '__proto__'), value);
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
