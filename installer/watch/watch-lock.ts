import { join } from 'node:path';
import { fileFailure, KindGcrError, systemErrorCode } from '../../core/errors.ts';
import { makeFolder } from '../../core/system/make-folder.ts';
import { type Person, stateFolder } from '../../core/system/user-folders.ts';

/** Milliseconds after which a lock that nobody touches is taken for one of a process that was killed. */
const STALE = 10_000;

/**
 * Takes the lock that one watch of a person holds, and answers with what releases it. `lost` is called when another process
 * has taken it meanwhile, after a suspend for example. Throws BUSY, FILE_FAILED.
 */
export async function takeWatchLock(person: Person, lost: (error: KindGcrError) => void): Promise<() => Promise<void>> {
  const folder = stateFolder(person);
  try {
    await makeFolder(folder);
    const { lock } = await import('proper-lockfile'); // watch alone needs it
    const release = await lock(join(folder, 'watch'), {
      realpath: false,
      stale: STALE,
      update: STALE / 4,
      onCompromised: () => lost(busy()),
    });
    return () => release().catch(() => {}); // one that was lost has nothing to release
  } catch (error) {
    if (systemErrorCode(error) === 'ELOCKED') throw busy();
    throw fileFailure(folder, 'written', error);
  }
}

function busy(): KindGcrError {
  return new KindGcrError('BUSY', 'another kindgcr watch is at work for you', {
    hint: 'See whether it is the service: kindgcr service status',
  });
}
