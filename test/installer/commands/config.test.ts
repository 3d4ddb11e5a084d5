import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../../support/files/temp-dir.ts';
import { googleAccounts } from '../../support/google/google-accounts.ts';
import { commandLine } from '../../support/run/command-line.ts';

test('a setting is printed, kept readable for its owner only, and removed', async () => {
  const home = await tempDir();
  const kindgcr = commandLine(home);
  await kindgcr('config', 'set', 'source', 'adc');
  await kindgcr('config', 'set', 'min-life', '15m');
  expect((await kindgcr('config', 'get', 'source')).stdout).toBe('adc\n');
  expect((await kindgcr('config', 'list')).stdout).toBe('source=adc\nmin-life=15m\n');
  const file = join(home, '.config/kindgcr/config.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await kindgcr('config', 'unset', 'source');
  await kindgcr('config', 'unset', 'min-life');
  expect(await kindgcr('config', 'get', 'source')).toMatchObject({ stdout: '', stderr: 'source is not set\n' });
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test('a key file sets the source, too, and both go together', async () => {
  const home = await tempDir();
  const kindgcr = commandLine(home, { KINDGCR_GCLOUD: '/nowhere/gcloud' });
  const key = join(home, 'key.json');
  const account = googleAccounts().serviceAccountKey();
  const email = account.client_email;
  await writeFile(key, JSON.stringify(account));
  await kindgcr('config', 'set', 'keyfile', key);
  const list = await kindgcr('config', 'list');
  expect(list.stdout).toBe(`source=keyfile\nkeyfile=${key}\n`);
  expect(list.stderr).toBe(`tokens come from service account ${email} (key file ${key})\n`);
  await kindgcr('config', 'unset', 'keyfile');
  expect((await kindgcr('config', 'list')).stdout).toBe('');
});

test('kindgcr config list says which source follows from it all', async () => {
  const kindgcr = commandLine(await tempDir(), { KINDGCR_SOURCE: 'adc' });
  await kindgcr('config', 'set', 'impersonate', 'ci@demo.iam.gserviceaccount.com');
  expect((await kindgcr('config', 'list')).stderr).toBe(
    'tokens come from ci@demo.iam.gserviceaccount.com, impersonated using the metadata server at 169.254.169.254\n',
  );
});

test.each([
  [['set', 'source', 'vault'], 2, '"vault" is not a credential source', /gcloud, keyfile, adc/],
  [['set', 'source', 'keyfile'], 2, 'the source "keyfile" needs a key file', /config set keyfile PATH/],
  [['set', 'keyfile', '/nowhere/key.json'], 3, 'key file /nowhere/key.json does not exist', /Make a key/],
  [['set', 'impersonate', 'nobody'], 2, '"nobody" is not a service account to impersonate', /NAME@PROJECT/],
  [['set', 'min-life', '2h'], 2, '"2h" is not a minimum life for tokens', /at most 55m/],
  [['set', 'colour', 'blue'], 2, '"colour" is not a setting', /source, keyfile, impersonate, min-life/],
  [['get', 'colour'], 2, '"colour" is not a setting', /source/],
])('%j is refused with a hint, and what was set before stays', async (args, exitCode, message, hint) => {
  const home = await tempDir();
  const kindgcr = commandLine(home);
  await kindgcr('config', 'set', 'source', 'gcloud');
  const before = await readFile(join(home, '.config/kindgcr/config.json'), 'utf8');
  expect((await kindgcr('config', ...args)).error).toMatchObject({
    message,
    exitCode,
    hint: expect.stringMatching(hint),
  });
  expect(await readFile(join(home, '.config/kindgcr/config.json'), 'utf8')).toBe(before);
});
