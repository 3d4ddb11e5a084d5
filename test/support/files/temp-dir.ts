import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Registers cleanup for when the running test ends; a concurrent test passes the one of its own context. */
export type AtEnd = (undo: () => Promise<void>) => void;

/** A new folder, 0700, deleted after the test. Its path has no symbolic links. */
export async function tempDir(atEnd: AtEnd = onTestFinished): Promise<string> {
  const dir = await mkdtemp(join(await realpath(tmpdir()), 'kindgcr-test-'));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
