import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../errors.ts';

/** Milliseconds between two attempts to take a lock that another process holds, half to one and a half times. */
const RETRY_INTERVAL = 50;

/** SQLite's result code for a database that another process has locked: https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Releases a lock. Calling it twice does no harm. */
export type ReleaseLock = () => void;

/** How long to wait for a lock. */
export interface LockOptions {
  /** Milliseconds to wait while another process holds the lock. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the exclusive lock on a file without waiting; undefined when another process, or this one, holds it. The file is
 * made when it is missing (0600) and stays: its folder has to exist and belong to the caller alone. Throws the system's
 * error when the file can't be opened.
 *
 * The lock is the one that SQLite takes on a database: the kernel's own file lock, on every platform, which ends with its
 * holder however that dies. Lock files with a heartbeat need a guess at how long a living process may be silent.
 */
export function tryLock(path: string): ReleaseLock | undefined {
  ensureFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); // without a journal file beside it
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return () => {
    if (database.isOpen) database.close();
  };
}

/**
 * Takes the exclusive lock on a file, waiting up to `patience` milliseconds; undefined when it is still held then. Throws
 * the system's error when the file can't be opened, and the signal's reason when it is aborted.
 */
export async function takeLock(path: string, { patience, signal }: LockOptions): Promise<ReleaseLock | undefined> {
  const start = performance.now();
  for (;;) {
    const release = tryLock(path);
    if (release !== undefined) return release;
    if (performance.now() - start >= patience) return undefined;
    await sleep(RETRY_INTERVAL * (0.5 + Math.random()), undefined, signal && { signal });
  }
}

/**
 * SQLite itself would leave the mode to the umask. A file that exists is not opened: closing it would release the lock
 * that this process may hold on it, by the rules of POSIX.
 */
function ensureFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}
