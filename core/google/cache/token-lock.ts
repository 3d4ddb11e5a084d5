import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, systemErrorCode } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { makeCacheFolder } from './write-cached-token.ts';

/** Milliseconds after which a lock that its holder has not touched is broken; a starved machine can be that slow. */
const STALE = 15_000;

/** The same where the holder is known to be gone: the least that the library takes. */
const STALE_OF_THE_DEAD = 2000;

/** Milliseconds that anybody waits: longer than any source may take. */
const PATIENCE = 90_000;

/**
 * Waits for the lock beside a token's file and returns what gives it back. Where there can be none (read-only home, full
 * disk), goes on without. A holder that was killed holds nobody up for more than two seconds.
 */
export async function lockToken(file: string, log: Logger): Promise<() => Promise<void>> {
  const { lock } = await import('proper-lockfile'); // the commands that ask for no token don't wait for it to load
  const holder = `${file}.holder`;
  for (const begin = Date.now(); ; ) {
    try {
      makeCacheFolder(file);
      const release = await lock(file, {
        realpath: false,
        stale: isGone(holder) ? STALE_OF_THE_DEAD : STALE,
        update: STALE_OF_THE_DEAD / 2,
        onCompromised: (error) => log.debug('lost the lock of the token cache', { reason: errorMessage(error) }),
      });
      tell(holder);
      return async () => {
        rmSync(holder, { force: true });
        await release().catch(() => {}); // taken from us meanwhile
      };
    } catch (error) {
      if (systemErrorCode(error) !== 'ELOCKED' || Date.now() - begin > PATIENCE) {
        log.debug('no lock for the token cache', { reason: errorMessage(error) });
        return async () => {};
      }
      await sleep(30 + 100 * Math.random());
    }
  }
}

function tell(holder: string): void {
  try {
    rmSync(holder, { force: true });
    writeFileSync(holder, String(process.pid), { mode: 0o600, flag: 'wx' });
  } catch {
    // Then the others wait as long as for a holder that they know nothing of.
  }
}

/** Whether the lock's last holder is a process that there isn't any more, on this machine. */
function isGone(holder: string): boolean {
  try {
    const pid = Number(readFileSync(holder, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemErrorCode(error) === 'ESRCH';
  }
}
