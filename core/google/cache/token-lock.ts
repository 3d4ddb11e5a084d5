import { utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { ReleaseLock } from '../../system/lock.ts';
import { isPrivateFolder, makePrivateFolder } from '../../system/private-folder.ts';

/** Milliseconds that a process waits: longer than any source may take. */
const PATIENCE = 90_000;

/** Milliseconds between two looks, half to one and a half times. */
const LOOK_INTERVAL = 60;

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
    makePrivateFolder(dirname(file));
    if (!isPrivateFolder(dirname(file))) throw new Error(`${dirname(file)} is not this user's alone: chmod 700 it`);
    const { tryLock } = await import('../../system/lock.ts'); // with SQLite, which a warm get has no need of
    const path = `${file}.lock`;
    for (const start = performance.now(); performance.now() - start < PATIENCE; ) {
      const there = found();
      if (there !== undefined) return { found: there };
      const release = tryLock(path);
      if (release !== undefined) {
        const now = new Date();
        utimesSync(path, now, now); // a lock that is in use is not cleared away
        return { release };
      }
      await sleep(LOOK_INTERVAL * (0.5 + Math.random()));
    }
    log.debug('no lock for the token cache', { reason: 'another process has held it for too long' });
  } catch (error) {
    log.debug('no lock for the token cache', { reason: errorMessage(error) });
  }
  return unlocked;
}
