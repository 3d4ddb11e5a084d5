import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What decides where a user's files are. */
export interface Person {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** The home folder if `HOME` is not set; the account's by default. */
  readonly home?: string;
}

/** The folder of the user's kindgcr settings; may not exist. */
export function settingsFolder(person: Person): string {
  const { env, platform } = person;
  if (env.XDG_CONFIG_HOME) return join(env.XDG_CONFIG_HOME, 'kindgcr');
  if (platform === 'win32') return join(env.APPDATA ?? join(homeFolder(person), 'AppData', 'Roaming'), 'kindgcr');
  if (platform === 'darwin') return join(homeFolder(person), 'Library', 'Application Support', 'kindgcr');
  return join(homeFolder(person), '.config', 'kindgcr');
}

/** The folder of the user's kindgcr caches; may not exist. */
export function cacheFolder(person: Person): string {
  const { env, platform } = person;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'kindgcr');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeFolder(person), 'AppData', 'Local'), 'kindgcr', 'Cache');
  if (platform === 'darwin') return join(homeFolder(person), 'Library', 'Caches', 'kindgcr');
  return join(homeFolder(person), '.cache', 'kindgcr');
}

/** The folder of what is neither a setting nor a cache; may not exist. */
export function stateFolder(person: Person): string {
  const { env, platform } = person;
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, 'kindgcr');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeFolder(person), 'AppData', 'Local'), 'kindgcr', 'State');
  if (platform === 'darwin') return join(homeFolder(person), 'Library', 'Application Support', 'kindgcr', 'State');
  return join(homeFolder(person), '.local', 'state', 'kindgcr');
}

/** The docker CLI's config file, as the docker CLI finds it; absolute, since it is stored for later calls. */
export function dockerConfigFile(person: Person): string {
  return resolve(person.env.DOCKER_CONFIG || join(homeFolder(person), '.docker'), 'config.json');
}

/** The config files that name credential helpers: docker's and, if `REGISTRY_AUTH_FILE` is set, podman's. */
export function dockerConfigFiles(person: Person): readonly string[] {
  const ofPodman = person.env.REGISTRY_AUTH_FILE;
  return [...new Set([dockerConfigFile(person), ...(ofPodman ? [resolve(ofPodman)] : [])])];
}

/** gcloud's own configuration folder, as gcloud finds it. */
export function gcloudFolder(person: Person): string {
  const { env, platform } = person;
  if (env.CLOUDSDK_CONFIG) return env.CLOUDSDK_CONFIG;
  if (platform === 'win32') return join(env.APPDATA ?? join(homeFolder(person), 'AppData', 'Roaming'), 'gcloud');
  return join(homeFolder(person), '.config', 'gcloud');
}

/** The user's home folder. */
export function homeFolder({ env, platform, home }: Person): string {
  return (platform === 'win32' ? env.USERPROFILE : env.HOME) || home || accountHome();
}

/** The home folder in the account database; in containers, a user id may have no account. */
function accountHome(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}
