import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What decides where a user's files are. */
export interface User {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** The home folder if `HOME` is not set; the account's by default. */
  readonly home?: string;
}

/** The folder of the user's kindgcr settings; may not exist. */
export function settingsFolder(user: User): string {
  const { env, platform } = user;
  if (env.XDG_CONFIG_HOME) return join(env.XDG_CONFIG_HOME, 'kindgcr');
  if (platform === 'win32') return join(env.APPDATA ?? join(homeFolder(user), 'AppData', 'Roaming'), 'kindgcr');
  if (platform === 'darwin') return join(homeFolder(user), 'Library', 'Application Support', 'kindgcr');
  return join(homeFolder(user), '.config', 'kindgcr');
}

/** The folder of the user's kindgcr caches; may not exist. */
export function cacheFolder(user: User): string {
  const { env, platform } = user;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'kindgcr');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeFolder(user), 'AppData', 'Local'), 'kindgcr', 'Cache');
  if (platform === 'darwin') return join(homeFolder(user), 'Library', 'Caches', 'kindgcr');
  return join(homeFolder(user), '.cache', 'kindgcr');
}

/** The folder of the user's kindgcr state; may not exist. */
export function stateFolder(user: User): string {
  const { env, platform } = user;
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, 'kindgcr');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeFolder(user), 'AppData', 'Local'), 'kindgcr', 'State');
  if (platform === 'darwin') return join(homeFolder(user), 'Library', 'Application Support', 'kindgcr', 'State');
  return join(homeFolder(user), '.local', 'state', 'kindgcr');
}

/** The docker CLI's config file, as the docker CLI finds it; absolute, since it is stored for later calls. */
export function dockerConfigFile(user: User): string {
  return resolve(user.env.DOCKER_CONFIG || join(homeFolder(user), '.docker'), 'config.json');
}

/** The config files that name credential helpers: docker's and, if `REGISTRY_AUTH_FILE` is set, podman's. */
export function dockerConfigFiles(user: User): readonly string[] {
  const ofPodman = user.env.REGISTRY_AUTH_FILE;
  return [...new Set([dockerConfigFile(user), ...(ofPodman ? [resolve(ofPodman)] : [])])];
}

/** gcloud's own configuration folder, as gcloud finds it. */
export function gcloudFolder(user: User): string {
  const { env, platform } = user;
  if (env.CLOUDSDK_CONFIG) return env.CLOUDSDK_CONFIG;
  if (platform === 'win32') return join(env.APPDATA ?? join(homeFolder(user), 'AppData', 'Roaming'), 'gcloud');
  return join(homeFolder(user), '.config', 'gcloud');
}

/** The user's home folder. */
export function homeFolder({ env, platform, home }: User): string {
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
