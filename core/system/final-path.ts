import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemErrorCode } from '../errors.ts';

/**
 * The path that a write to `path` reaches: follows links, including those whose target does not exist yet. Rejects with
 * the system's error, ELOOP for circular links.
 */
export async function finalPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const folder = await finalPath(dirname(resolve(path)));
  const target = join(folder, basename(path));
  const link = await readlink(target).catch(() => undefined);
  return link === undefined ? target : await finalPath(resolve(folder, link));
}
