import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSourceSettings, settingsFile } from '../../../core/google/choice/source-settings.ts';
import { changeSettings, readSettings } from '../../../installer/host/settings.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { anyJson, jsonObject, spoilt } from '../../support/text/json-texts.ts';

const NAMES = ['source', 'keyfile', 'impersonate', 'minLife', 'clusters', 'ways', 'docker', 'x', '__proto__'];

test('whatever bytes are in the settings, installer and helper read them or say that they are none, with exit code 8', async () => {
  const user = { env: { HOME: await tempDir() }, platform: 'linux' as const };
  const path = settingsFile(user);
  await mkdir(dirname(path), { recursive: true });
  const value = fc.oneof(
    fc.constantFrom('"gcloud"', '"/k.json"', '"k.json"', '["dev"]', '{"dev":"static-key"}', '{"/c":{"gcr.io":null}}'),
    anyJson,
  );
  const settings = jsonObject(fc.constantFrom(...NAMES), value);
  const bytes = fc.oneof(
    fc.oneof(settings, spoilt(settings)).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 30 }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      await writeFile(path, content);
      const read = await readSettings(user).catch((error: unknown) => ({ error }));
      if ('error' in read) {
        expect(read.error).toMatchObject({ exitCode: 8, message: `${path} is not a kindgcr settings file` });
        expect((await readFile(path)).equals(Buffer.from(content))).toBe(true);
      } else {
        // What the installer takes the helper takes, too, and it comes through being written.
        expect(readSourceSettings(user)).toMatchObject(read.source === undefined ? {} : { source: read.source });
        await changeSettings(user, (_, write) => write(read));
        expect(plain(await readSettings(user))).toEqual(plain(read));
      }
    }),
    { numRuns: 500 },
  );
});

/** As JSON has it; an empty list of ways is the same as none. */
function plain(settings: object): unknown {
  return JSON.parse(JSON.stringify({ ways: {}, ...settings }));
}
