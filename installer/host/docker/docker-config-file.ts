import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KindGcrError, systemErrorCode } from '../../../core/errors.ts';
import { formatDockerConfig, type JsonObject, parseDockerConfig } from '../../../core/registry/docker-config.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';

/** Reads a docker config; no file is an empty one. Throws CONFIG_INVALID, FILE_FAILED. */
export async function readDockerConfig(path: string): Promise<JsonObject> {
  try {
    return parseDockerConfig(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return {};
    if (error instanceof KindGcrError) throw error;
    throw new KindGcrError('FILE_FAILED', `${path} can't be read (${systemErrorCode(error)})`, {
      hint: `ls -l ${path}`,
      cause: error,
    });
  }
}

/** Writes a docker config back; its mode and layout are kept, a new one is 0600, a link is followed. Throws FILE_FAILED. */
export async function writeDockerConfig(path: string, config: JsonObject): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const mode = await stat(path).then(
      (file) => file.mode & 0o777,
      () => 0o600,
    );
    const former = await readFile(path, 'utf8').catch(() => '');
    await replaceFile(path, formatDockerConfig(config, former), { mode });
  } catch (error) {
    throw new KindGcrError('FILE_FAILED', `${path} can't be written (${systemErrorCode(error)}); it is as it was`, {
      hint: `ls -ld ${dirname(path)} ${path}`,
      cause: error,
    });
  }
}
