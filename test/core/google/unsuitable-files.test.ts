import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseSource } from '../../../core/google/choice/source-choice.ts';
import { sourceIdentity } from '../../../core/google/choice/source-identity.ts';
import { readSourceSettings, settingsFile } from '../../../core/google/choice/source-settings.ts';
import { openCredentialSource } from '../../../core/google/open-credential-source.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

/** Makes what stands in a file's place, and returns its path. */
const UNSUITABLE = {
  'a FIFO': async (path: string) => {
    execFileSync('mkfifo', [path]);
    return path;
  },
  'an endless device': async () => '/dev/zero',
  'a huge file': async (path: string) => {
    await writeFile(path, '{}');
    await truncate(path, 50_000_000_000); // sparse
    return path;
  },
} as const;

const REASON = /is not a regular file|is larger than 1 MiB/;

test.each(Object.entries(UNSUITABLE))('%s in place of a key or of ADC is refused, not read', async (_, make) => {
  const home = await tempDir();
  const path = await make(join(home, 'key.json'));
  for (const env of [
    { KINDGCR_KEYFILE: path },
    { KINDGCR_SOURCE: 'adc', GOOGLE_APPLICATION_CREDENTIALS: path },
    { GOOGLE_APPLICATION_CREDENTIALS: path },
  ]) {
    const user = { env: { HOME: home, ...env }, platform: 'linux' as const };
    const choice = chooseSource(user);
    sourceIdentity(choice, [], user);
    await expect(openCredentialSource(choice, { scopes: [], user })).rejects.toThrow(REASON);
  }
});

test.each(['a FIFO', 'a huge file'] as const)('%s in place of the settings is refused, not read', async (name) => {
  const user = { env: { HOME: await tempDir() }, platform: 'linux' as const };
  await makePrivateFolder(join(settingsFile(user), '..'));
  await UNSUITABLE[name](settingsFile(user));
  expect(() => readSourceSettings(user)).toThrow(REASON);
});
