import { utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { ReleaseLock } from '../../system/lock.ts';
import { makePrivateFolder } from '../../system/make-private-folder.ts';
import { isPrivateFolder } from '../../system/private-folder.ts';

/** Milliseconds that a process waits: longer than any source may take. */
const PATIENCE = 90_000;

/** Milliseconds between the first two looks, and between later ones; half to one and a half times. */
const FIRST_INTERVAL = 60;
const LONGEST_INTERVAL = 500;
const GROWTH = 1.3;

/**
 * Waits for the lock beside a token's file, or for what `found` finds meanwhile: those who wait don't queue for the lock to
 * read what is there already. Where there can be no lock (read-only home, full disk, a folder that others can enter), goes
 * on without.
 */
export async function lockToken<T>(
  file: string,
  found: () => T | undefined,
  log: Logger,
): Promise<{ readonly found: T } | { readonly release: ReleaseLock }> {
  const unlocked = { release: () => {} };
  try {
    await makePrivateFolder(dirname(file));
    if (!isPrivateFolder(dirname(file))) throw new Error(`${dirname(file)} is not this user's alone: chmod 700 it`);
    const { tryLock } = await import('../../system/lock.ts'); // with SQLite, which a warm get has no need of
    const path = `${file}.lock`;
    const start = performance.now();
    for (let interval = FIRST_INTERVAL; performance.now() - start < PATIENCE; interval *= GROWTH) {
      const there = found();
      if (there !== undefined) return { found: there };
      const release = tryLock(path);
      if (release !== undefined) {
        const now = new Date();
        utimesSync(path, now, now); // a lock that is in use is not cleared away
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
