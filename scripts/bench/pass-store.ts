import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AtEnd } from '../../test/support/files/temp-dir.ts';
import { run } from '../../test/support/run/run.ts';
import type { Contestant } from './contestant.ts';

/** Debian's native helper over `pass`, with one secret in a store of its own; the reason where that is not possible. */
export async function passHelper(
  folder: string,
  path: string,
  atEnd: AtEnd,
): Promise<Contestant | { readonly reason: string }> {
  const env = { HOME: folder, PATH: path, GNUPGHOME: join(folder, 'gnupg'), PASSWORD_STORE_DIR: join(folder, 'store') };
  await mkdir(env.GNUPGHOME, { recursive: true });
  await chmod(env.GNUPGHOME, 0o700);
  const secret = JSON.stringify({ ServerURL: 'gcr.io', Username: 'bench', Secret: 'not a real one' });
  const steps = [
    ['gpg', '--batch', '--passphrase', '', '--quick-generate-key', 'bench', 'default', 'default'],
    ['pass', 'init', 'bench'],
    ['docker-credential-pass', 'store'],
  ] as const;
  for (const [file, ...args] of steps) {
    const { exitCode } = await run(file, args, { env, input: secret, timeout: 60_000 }).catch(() => ({ exitCode: -1 }));
    if (exitCode !== 0) return { reason: `${file} is not installed or does not work here` };
  }
  atEnd(async () => void (await run('gpgconf', ['--kill', 'all'], { env }))); // its agent goes on running
  return {
    name: '`docker-credential-pass get`',
    file: 'docker-credential-pass',
    args: ['get'],
    env,
    input: 'gcr.io',
    prints: /"Secret":"not a real one"/,
  };
}
