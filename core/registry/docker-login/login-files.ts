import { join, resolve } from 'node:path';
import { dockerConfigFile, type Env, homeFolder, type User } from '../../system/user-folders.ts';
import { isJsonObject, type JsonObject, parseDockerConfig } from '../docker-config.ts';
import { sameName } from '../field-name.ts';
import { readDockerConfig } from '../read-docker-config.ts';

/** A file, or a variable, that has logins or says which program has them. */
export interface LoginFile {
  /** Its path or name, for messages. */
  readonly path: string;
  /** Entries by registry. */
  readonly auths: JsonObject;
  /** Names of credential helpers by registry; an empty one means the file itself. */
  readonly credHelpers: JsonObject;
  /** The credential helper of all other registries. */
  readonly credsStore: string | undefined;
}

/**
 * What may hold logins of this user, in the order in which it is asked: `DOCKER_AUTH_CONFIG`, the docker config, podman's
 * auth file; podman's comes first for those who use podman. Throws CONFIG_INVALID, FILE_FAILED.
 */
export async function readLoginFiles(user: User): Promise<readonly LoginFile[]> {
  const files = loginFilePaths(user).map(async (path) => loginFile(path, await readDockerConfig(path)));
  return [...fromVariable(user.env), ...(await Promise.all(files))];
}

/** The files among them; they need not exist. */
export function loginFilePaths(user: User): readonly string[] {
  const { env } = user;
  const ofDocker = dockerConfigFile(user);
  const ofPodman = podmanAuthFile(user);
  const usesPodman = env.KIND_EXPERIMENTAL_PROVIDER === 'podman' || Boolean(env.REGISTRY_AUTH_FILE);
  return [...new Set(usesPodman ? [ofPodman, ofDocker] : [ofDocker, ofPodman])];
}

function fromVariable({ DOCKER_AUTH_CONFIG: text }: Env): readonly LoginFile[] {
  return text ? [loginFile('DOCKER_AUTH_CONFIG', parseDockerConfig(text, 'DOCKER_AUTH_CONFIG'))] : [];
}

/** Podman's own place for logins, as podman finds it. */
function podmanAuthFile(user: User): string {
  const { env, platform } = user;
  if (env.REGISTRY_AUTH_FILE) return resolve(env.REGISTRY_AUTH_FILE);
  if (env.XDG_RUNTIME_DIR && platform === 'linux') return join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json');
  return join(env.XDG_CONFIG_HOME || join(homeFolder(user), '.config'), 'containers', 'auth.json');
}

function loginFile(path: string, config: JsonObject): LoginFile {
  const credsStore = field(config, 'credsStore');
  return {
    path,
    auths: objectIn(config, 'auths'),
    credHelpers: objectIn(config, 'credHelpers'),
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
  };
}

/** A field of an object as Go's decoder finds it: ignoring case. */
export function field(object: JsonObject, name: string): unknown {
  return object[name] ?? Object.entries(object).find(([key]) => sameName(key, name))?.[1];
}

function objectIn(config: JsonObject, name: string): JsonObject {
  const value = field(config, name);
  return isJsonObject(value) ? value : {};
}
