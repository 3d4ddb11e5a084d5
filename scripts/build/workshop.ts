import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** Where executables are made. */
export interface Workshop {
  /** The repository's top folder. */
  readonly root: string;
  /** What is kept from one build to the next. */
  readonly cache: string;
}

/** Works in a workshop of that name while nobody else does: a build doesn't wait for the minutes that a release takes. */
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
