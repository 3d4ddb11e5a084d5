import { join } from 'node:path';
import { fileFailure, KindGcrError } from '../../core/errors.ts';
import { makePrivateFolder } from '../../core/system/make-private-folder.ts';
import { stateFolder, type User } from '../../core/system/user-folders.ts';

/** Takes the lock that allows one watch per user, and returns what releases it. Throws BUSY, FILE_FAILED. */
export async function takeWatchLock(user: User): Promise<() => void> {
  const folder = stateFolder(user);
  const { tryLock } = await import('../../core/system/lock.ts'); // with SQLite, which few commands need
  try {
    await makePrivateFolder(folder);
    const release = tryLock(join(folder, 'watch'));
    if (release !== undefined) return release;
  } catch (error) {
    throw fileFailure(folder, 'written', error);
  }
  throw new KindGcrError('BUSY', 'another kindgcr watch is running for this user', {
    hint: 'See whether it is the background service: kindgcr service status',
  });
}
