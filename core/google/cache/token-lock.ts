import { utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { ReleaseLock } from '../../system/lock.ts';
import { makePrivateFolder } from '../../system/make-private-folder.ts';
import { isPrivateFolder } from '../../system/private-folder.ts';

/** Milliseconds that a process waits for the lock; longer than any source may take. */
const PATIENCE = 90_000;

/** Milliseconds between attempts: the first interval and the longest, with a jitter of half. */
const FIRST_INTERVAL = 60;
const LONGEST_INTERVAL = 500;
const GROWTH = 1.3;

/**
 * Waits for the lock next to a cache file, or until `found` returns something: waiting processes don't queue for the lock
 * to read a token that is already there. Continues without a lock where there can't be one (read-only home, full disk, a
 * folder that other users can access).
 */
export async function lockToken<T>(
  file: string,
  found: () => T | undefined,
  log: Logger,
): Promise<{ readonly found: T } | { readonly release: ReleaseLock }> {
  const unlocked = { release: () => {} };
  try {
    await makePrivateFolder(dirname(file));
    if (!isPrivateFolder(dirname(file)))
      throw new Error(`${dirname(file)} can be accessed by other users: chmod 700 it`);
    const { tryLock } = await import('../../system/lock.ts'); // with SQLite, which a cached answer does not need
    const path = `${file}.lock`;
    const start = performance.now();
    for (let interval = FIRST_INTERVAL; performance.now() - start < PATIENCE; interval *= GROWTH) {
      const there = found();
      if (there !== undefined) return { found: there };
      const release = tryLock(path);
      if (release !== undefined) {
        const now = new Date();
        utimesSync(path, now, now); // a lock in use is not pruned
        return { release };
      }
      await sleep(Math.min(interval, LONGEST_INTERVAL) * (0.5 + Math.random()));
    }
    log.debug('no lock for the token cache', { reason: 'another process has held it for too long' });
  } catch (error) {
    log.debug('no lock for the token cache', { reason: errorMessage(error) });
  }
  return unlocked;
}
