import { lstatSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPrivateFolder } from '../../system/private-folder.ts';
import { replaceFile } from '../../system/replace-file.ts';

/** Milliseconds after which a cache file is useless: a token is valid for an hour, or twelve at most. */
const OLD = 24 * 3600_000;

/** The names of the cache's files, their locks and their temporary files. */
const OURS = /^\.?(token|failure)-[0-9a-f]{32}\.json(\.lock|\.holder|\.[0-9a-f]+\.tmp)?$/;

/**
 * Writes a cache file with mode 0600 and removes old ones. Does nothing in a folder that other users can access. Rejects
 * with the system's error.
 */
export async function writeCached(path: string, content: object, now: Date): Promise<void> {
  if (!isPrivateFolder(dirname(path))) return;
  // A symbolic link is replaced, not followed.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) await rm(path);
  await replaceFile(path, JSON.stringify(content), { mode: 0o600 });
  await prune(dirname(path), now);
}

/** Each replaced key and each other account leaves a file behind that is never read again. */
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
