import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../errors.ts';

/** Milliseconds between attempts to take a lock that another process holds, with a jitter of half. */
const RETRY_INTERVAL = 50;

/** SQLite's result code for a locked database: https://sqlite.org/rescode.html#busy */
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
 * Takes the exclusive lock on a file without waiting; undefined if another process, or this one, holds it. The file is
 * created if missing (0600) and is not removed; its folder must exist and be private to the user. Keep the returned
 * function: a lock that is garbage-collected is released. Throws the system's error if the file can't be opened.
 *
 * This is SQLite's lock on a database: a kernel file lock on every platform, released when its holder exits for whatever
 * reason. Lock files with a heartbeat have to guess how long a live process may be silent.
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
 * Takes the exclusive lock on a file, waiting up to `patience` milliseconds; undefined if it is still held then. Throws
 * the system's error if the file can't be opened, and the signal's reason if it is aborted.
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
 * SQLite would leave the mode to the umask. An existing file is not opened: by the rules of POSIX, closing it would
 * release a lock that this process holds on it.
 */
function ensureFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}
