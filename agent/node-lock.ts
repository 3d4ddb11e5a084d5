import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KindGcrError } from '../core/errors.ts';
import type { NodeLayout } from '../core/node/layout.ts';
import { type LockOptions, type ReleaseLock, takeLock } from '../core/system/lock.ts';
import { writeFailure } from './files/stored-json.ts';

/** What only one process per node may do at a time: reconcile, and run as the daemon. */
export type Purpose = 'reconcile' | 'daemon';

/**
 * Runs `work` while holding a lock of this node. Only root can take it: the lock files are in a folder that only root can
 * enter. Throws BUSY when another process still holds it after `patience` milliseconds, and FILE_FAILED.
 */
export async function whileLocked<T>(
  layout: NodeLayout,
  purpose: Purpose,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await take(purpose === 'daemon' ? layout.daemonLock : layout.reconcileLock, options);
  if (release === undefined) throw BUSY[purpose]();
  try {
    return await work();
  } finally {
    release();
  }
}

async function take(path: string, options: LockOptions): Promise<ReleaseLock | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await takeLock(path, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw writeFailure(path, error);
  }
}

const BUSY = {
  daemon: () =>
    new KindGcrError('BUSY', 'a kindgcr-agent is already running on this node', {
      hint: 'Stop it first: systemctl stop kindgcr-agent.service',
    }),
  reconcile: () =>
    new KindGcrError('BUSY', 'another kindgcr-agent process on this node did not finish in time', {
      hint: 'Try again in a minute. See what it is doing: journalctl -u kindgcr-agent.service -n 20',
    }),
} as const;
