import { closeSync, constants as fs, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../system/replace-file.ts';
import { cacheFolder, type Person } from '../system/user-folders.ts';
import type { AccessToken } from './access-token.ts';

/** Where the token of a source identity is kept. */
export function cachedTokenFile(identity: string, person: Person): string {
  return join(cacheFolder(person), `token-${identity}.json`);
}

/**
 * The cached token, when it is this person's own and lives at least `minLife` seconds more at `now`. Anything odd (no
 * file, cut off, someone else's, readable by others) is no token: the source is asked and the file written anew.
 *
 * On the helper's hot path: synchronous, one small file, no library.
 */
export function readCachedToken(
  path: string,
  { minLife, now }: { minLife: number; now: Date },
): AccessToken | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readPrivateFile(path) ?? '');
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null) return undefined;
  const { token, expiresAt } = content as { token?: unknown; expiresAt?: unknown };
  if (typeof token !== 'string' || token === '' || typeof expiresAt !== 'string') return undefined;
  const end = new Date(expiresAt);
  return end.getTime() - now.getTime() >= minLife * 1000 ? { token, expiresAt: end } : undefined;
}

/** Keeps a token for later calls, 0600 in a 0700 folder. Rejects with the system's error; a caller can live with that. */
export async function writeCachedToken(path: string, { token, expiresAt }: AccessToken, person: Person): Promise<void> {
  mkdirSync(cacheFolder(person), { recursive: true, mode: 0o700 });
  await replaceFile(path, JSON.stringify({ token, expiresAt: expiresAt.toISOString() }), { mode: 0o600 });
}

function readPrivateFile(path: string): string | undefined {
  const file = openSync(path, fs.O_RDONLY | (fs.O_NOFOLLOW ?? 0));
  try {
    const { uid, mode } = fstatSync(file);
    const mine = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
    return mine ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}
