import { closeSync, constants as fs, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Person } from '../../system/user-folders.ts';
import type { AccessToken } from '../access-token.ts';

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
  const { token, expiresAt } = readPrivateJson(path);
  if (typeof token !== 'string' || token === '' || typeof expiresAt !== 'string') return undefined;
  const end = new Date(expiresAt);
  return end.getTime() - now.getTime() >= minLife * 1000 ? { token, expiresAt: end } : undefined;
}

/** The fields of a JSON file that is this person's alone; none for anything else. */
export function readPrivateJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(readPrivateFile(path) ?? '');
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    return {};
  }
}

function readPrivateFile(path: string): string | undefined {
  // Non-blocking, so that a pipe of that name can't hold anybody up.
  const file = openSync(path, fs.O_RDONLY | (fs.O_NOFOLLOW ?? 0) | (fs.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    const mine = process.getuid === undefined || (stat.uid === process.getuid() && (stat.mode & 0o077) === 0);
    return mine && stat.isFile() ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}
