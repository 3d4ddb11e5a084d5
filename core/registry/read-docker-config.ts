import { fileFailure, KindGcrError, systemErrorCode } from '../errors.ts';
import { LARGEST_DOCKER_CONFIG, readUserFile } from '../system/read-user-file.ts';
import { type JsonObject, parseDockerConfig } from './docker-config.ts';

/** Reads a docker config; no file is an empty one. Throws CONFIG_INVALID, FILE_FAILED. */
export async function readDockerConfig(path: string): Promise<JsonObject> {
  try {
    return parseDockerConfig(readUserFile(path, LARGEST_DOCKER_CONFIG).toString('utf8'), path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return {};
    if (error instanceof KindGcrError) throw error;
    throw fileFailure(path, 'read', error, { hint: `ls -l ${path}` });
  }
}
