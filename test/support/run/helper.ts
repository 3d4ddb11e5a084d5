import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../files/temp-dir.ts';
import { startGoogle } from '../google/google.ts';
import { programFile } from './programs.ts';
import { run } from './run.ts';

/** What every client understands as "no credentials here". */
export const NOT_FOUND = 'credentials not found in native keychain\n';

/** Runs the helper as Docker does: by its name, with its own home folder and nothing else in its environment. */
export async function helperAt(home: string) {
  const link = join(home, 'docker-credential-kindgcr');
  await symlink(programFile('host'), link);
  const base = { HOME: home, PATH: '/usr/bin:/bin' };
  return (
    args: readonly string[],
    {
      input = '',
      env = {},
      timeout,
    }: { input?: string | Uint8Array; env?: Record<string, string>; timeout?: number } = {},
  ) =>
    run(process.execPath, [link, ...args], {
      input,
      env: { ...base, ...env },
      ...(timeout === undefined ? {} : { timeout }),
    });
}

/** A home folder with a service account key that the fake Google accepts. */
export async function withKey(email?: string) {
  const google = await startGoogle();
  const home = await tempDir();
  const key = await google.keyfile(email);
  const env = { ...google.env, KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: key };
  return { google, home, key, env, helper: await helperAt(home) };
}
