import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** Where executables are made. */
export interface Workshop {
  /** The repository's top folder. */
  readonly root: string;
  /** The cache that is kept between builds. */
  readonly cache: string;
}

/** Runs work while holding the lock of a named workshop: a build doesn't wait for a release, which takes minutes. */
export async function inWorkshop(name: string, work: (workshop: Workshop) => Promise<void>): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
  const cache = join(root, 'node_modules', '.cache', name);
  await mkdir(cache, { recursive: true });
  const release = await lock(cache, { retries: { forever: true, maxRetryTime: 120_000, minTimeout: 200, factor: 1 } });
  try {
    await work({ root, cache });
  } finally {
    await release();
  }
}
