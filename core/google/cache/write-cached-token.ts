import { lstatSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPrivateFolder } from '../../system/private-folder.ts';
import { replaceFile } from '../../system/replace-file.ts';

/** Milliseconds after which a file of the cache is of no use to anybody: a token lives for an hour, or twelve at most. */
const OLD = 24 * 3600_000;

/** What this cache's files, their locks and their half-written forms are called. */
const OURS = /^\.?(token|failure)-[0-9a-f]{32}\.json(\.lock|\.holder|\.[0-9a-f]+\.tmp)?$/;

/**
 * Writes what later calls are to find, 0600, and clears away old files; nothing in a folder that is not this user's alone.
 * Rejects with the system's error.
 */
export async function writeCached(path: string, content: object, now: Date): Promise<void> {
  if (!isPrivateFolder(dirname(path))) return;
  // A link in the file's place is replaced, not followed.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) await rm(path);
  await replaceFile(path, JSON.stringify(content), { mode: 0o600 });
  await prune(dirname(path), now);
}

/** Each replaced key and each other account leaves a file behind that nobody will ask for again. */
async function prune(folder: string, now: Date): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const path of names.filter((name) => OURS.test(name)).map((name) => join(folder, name))) {
    const age = await stat(path).then(
      ({ mtimeMs }) => now.getTime() - mtimeMs,
      () => 0,
    );
    if (age > OLD) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
