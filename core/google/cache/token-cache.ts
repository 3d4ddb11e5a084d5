import { closeSync, constants as fs, fstatSync, openSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { isPrivateFolder } from '../../system/private-folder.ts';
import { cacheFolder, type User } from '../../system/user-folders.ts';
import { type AccessToken, LONGEST_LIFE } from '../access-token.ts';

/** Milliseconds that two clock readings may differ before the clock counts as changed. */
const CLOCK_SLACK = 60_000;

/** A token in the cache. `uptime` is the machine's, in seconds: unlike the clock, it can't be set. */
export interface CachedToken {
  readonly token: string;
  readonly expiresAt: string;
  readonly storedAt: string;
  readonly uptime: number;
}

/** The cache file for a source identity. */
export function cachedTokenFile(identity: string, user: User): string {
  return join(cacheFolder(user), `token-${identity}.json`);
}

/** A token in the form that is cached. */
export function cachedToken({ token, expiresAt }: AccessToken, now: Date): CachedToken {
  return { token, expiresAt: expiresAt.toISOString(), storedAt: now.toISOString(), uptime: uptime() };
}

/**
 * The cached token, if it belongs to this user and is valid for at least `minLife` more seconds at `now`. Anything else
 * (missing, truncated, owned or readable by another user, an impossible expiry) counts as no token: the source is asked
 * and the file replaced.
 *
 * On the helper's hot path: synchronous, one small file, no library.
 */
export function readCachedToken(
  path: string,
  { minLife, now }: { minLife: number; now: Date },
): AccessToken | undefined {
  const { token, expiresAt, storedAt, uptime: uptimeThen } = readPrivateJson(path);
  if (typeof token !== 'string' || token === '') return undefined;
  if (typeof expiresAt !== 'string' || typeof storedAt !== 'string' || typeof uptimeThen !== 'number') return undefined;
  const expiry = new Date(expiresAt);
  const stored = Date.parse(storedAt);
  const life = expiry.getTime() - stored;
  if (!(life <= LONGEST_LIFE + CLOCK_SLACK)) return undefined;
  // With a clock that was set back, an expired token looks valid; the machine's uptime can't be set back.
  const elapsed = (uptime() - uptimeThen) * 1000;
  const hasRestarted = elapsed < 0;
  if (hasRestarted && now.getTime() < stored - CLOCK_SLACK) return undefined;
  const left = Math.min(expiry.getTime() - now.getTime(), hasRestarted ? life : life - elapsed);
  return left >= minLife * 1000 ? { token, expiresAt: expiry } : undefined;
}

/** The fields of a JSON file that only this user can access; none for anything else. */
export function readPrivateJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(readPrivateFile(path) ?? '');
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    return {};
  }
}

/** Bytes; a token has at most a few kilobytes. */
const LARGEST = 1024 * 1024;

function readPrivateFile(path: string): string | undefined {
  if (!isPrivateFolder(dirname(path))) return undefined;
  // Non-blocking, since opening a FIFO of that name waits for a writer.
  const file = openSync(path, fs.O_RDONLY | (fs.O_NOFOLLOW ?? 0) | (fs.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    const mine = process.getuid === undefined || (stat.uid === process.getuid() && (stat.mode & 0o077) === 0);
    return mine && stat.isFile() && stat.size <= LARGEST ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}
