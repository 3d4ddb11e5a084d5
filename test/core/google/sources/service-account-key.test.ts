import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KindGcrError } from '../../../../core/errors.ts';
import { parseServiceAccountKey, readServiceAccountKey } from '../../../../core/google/sources/service-account-key.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { googleAccounts } from '../../../support/google/google-accounts.ts';

test('a key file is read', async () => {
  const key = googleAccounts().serviceAccountKey({ email: 'ci@demo.iam.gserviceaccount.com' });
  const path = join(await tempDir(), 'key.json');
  await writeFile(path, JSON.stringify(key));
  expect((await readServiceAccountKey(path)).client_email).toBe('ci@demo.iam.gserviceaccount.com');
});

test('a missing file is named, with how to get a key', async () => {
  const failure = await readServiceAccountKey('/nowhere/key.json').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(KindGcrError);
  expect(failure).toMatchObject({
    code: 'CREDENTIAL_NOT_FOUND',
    exitCode: 3,
    message: 'key file /nowhere/key.json does not exist',
  });
  expect(failure).toHaveProperty('hint', expect.stringContaining('gcloud iam service-accounts keys create'));
});

const SECRET = 'very-secret-and-not-json';
test.each([
  ['no JSON', SECRET, 'k.json is not JSON, so it is not a service account key'],
  ['an empty file', '', 'k.json is empty, so it is not a service account key'],
  ['a list', '[]', 'k.json is not a service account key'],
  [
    "a user's ADC file",
    '{"type":"authorized_user","refresh_token":"x"}',
    'k.json is not a service account key but "authorized_user"',
  ],
  [
    'a key without its key',
    '{"type":"service_account","client_email":"a@b.c"}',
    'k.json is not a service account key: client_email or private_key is missing',
  ],
  [
    'a key of another cloud',
    '{"type":"service_account","universe_domain":"apis-s3ns.fr","client_email":"a@b.c","private_key":"x"}',
    'k.json is for another cloud: its universe_domain "apis-s3ns.fr" is not googleapis.com',
  ],
  [
    'a cut-off key',
    '{"type":"service_account","client_email":"a@b.c","private_key":"-----BEGIN PRIVATE KEY-----\\nMII"}',
    "the private key in k.json can't be read; the file may be truncated",
  ],
])('%s is refused with an error that does not quote it', (_, text, message) => {
  const attempt = () => parseServiceAccountKey(text, 'k.json');
  expect(attempt).toThrow(message);
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ code: 'CREDENTIAL_INVALID' });
    expect(JSON.stringify([String(error), (error as Error).stack, (error as Error).cause])).not.toContain(SECRET);
  }
});

test('for an invalid key file, whatever its content, the error names the file and quotes nothing', () => {
  const odd = fc.oneof(fc.constant(SECRET), fc.constant('service_account'), fc.jsonValue());
  const nearly = fc
    .record({ type: odd, client_email: odd, private_key: odd, private_key_id: odd }, { requiredKeys: [] })
    .map((key) => JSON.stringify(key));
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (text) => {
      expect(() => parseServiceAccountKey(text, 'k.json')).toThrow(
        expect.objectContaining({ exitCode: 3, message: expect.stringMatching(/^[^\n]*k\.json[^\n]*$/) }),
      );
      expect(() => parseServiceAccountKey(text, 'k.json')).not.toThrow(SECRET);
    }),
    { numRuns: 500 },
  );
});
