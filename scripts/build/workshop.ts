import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '../../core/system/lock.ts';

/** Where executables are made. */
export interface Workshop {
  /** The repository's top folder. */
  readonly root: string;
  /** The cache that is kept between builds. */
  readonly cache: string;
}

/** Milliseconds that a build waits for another one. */
const PATIENCE = 20 * 60_000;

/** Runs work while holding the lock of a named workshop: a build doesn't wait for a release, which takes minutes. */
export async function inWorkshop(name: string, work: (workshop: Workshop) => Promise<void>): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
  const cache = join(root, 'node_modules', '.cache', name);
  await mkdir(cache, { recursive: true });
  const release = await takeLock(join(cache, 'lock'), { patience: PATIENCE });
  if (release === undefined) throw new Error(`another build has held ${cache} for too long`);
  try {
    await work({ root, cache });
  } finally {
    release();
  }
}
