import { access, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileFailure, KindGcrError, systemErrorCode } from '../../../core/errors.ts';
import { isJsonObject, type JsonObject, parseDockerConfig } from '../../../core/registry/docker-config.ts';
import { finalPath } from '../../../core/system/final-path.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { LARGEST_DOCKER_CONFIG, readUserFile } from '../../../core/system/read-user-file.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';

/** A docker config as it is on disk. */
export interface DockerConfigFile {
  readonly config: JsonObject;
  /** Its bytes, one character each (latin1); undefined when there is no file. */
  readonly bytes: string | undefined;
  readonly hasFolder: boolean;
}

/**
 * Reads a docker config that is to be changed: Docker itself must be able to read `credHelpers`. No file is an empty one.
 * Throws CONFIG_INVALID, FILE_FAILED.
 */
export async function readDockerConfigToChange(path: string): Promise<DockerConfigFile> {
  const file = await readDockerConfigFile(path);
  const { credHelpers = null } = file.config;
  const isHelper = (helper: unknown) => typeof helper === 'string' || helper === null;
  if (credHelpers === null || (isJsonObject(credHelpers) && Object.values(credHelpers).every(isHelper))) return file;
  throw new KindGcrError('CONFIG_INVALID', `"credHelpers" in ${path} can't be read by Docker`, {
    hint: 'Fix or remove it; it is an object of registries, each with the name of a helper.',
  });
}

async function readDockerConfigFile(path: string): Promise<DockerConfigFile> {
  try {
    const buffer = readUserFile(path, LARGEST_DOCKER_CONFIG);
    return {
      config: parseDockerConfig(buffer.toString('utf8'), path),
      bytes: buffer.toString('latin1'),
      hasFolder: true,
    };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { config: {}, bytes: undefined, hasFolder: await hasFolder(path) };
    if (error instanceof KindGcrError) throw error;
    throw fileFailure(path, 'read', error, { hint: `ls -l ${path}` });
  }
}

async function hasFolder(path: string): Promise<boolean> {
  return await access(dirname(await finalPath(path))).then(
    () => true,
    () => false,
  );
}

/** Writes a docker config; an existing one keeps its owner and mode, a new one is 0600, a link is followed. Throws FILE_FAILED. */
export async function writeDockerConfig(path: string, bytes: string): Promise<void> {
  try {
    await makePrivateFolder(dirname(await finalPath(path)));
    await replaceFile(path, Buffer.from(bytes, 'latin1'), { mode: 0o600, ofUser: true });
  } catch (error) {
    throw fileFailure(path, 'written', error, { hint: `ls -ld ${dirname(path)} ${path}` });
  }
}

/** Removes a docker config, and where asked for its folder, if that is empty; a link to it stays. Throws FILE_FAILED. */
export async function removeDockerConfig(path: string, { folder }: { readonly folder: boolean }): Promise<void> {
  try {
    const file = await finalPath(path);
    await rm(file, { force: true });
    if (folder) await rmdir(dirname(file)).catch(() => {}); // other files are in it
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
}
