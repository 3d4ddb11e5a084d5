import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What decides where a person's files lie. */
export interface Person {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** The home folder when `HOME` says nothing; the account's own by default. */
  readonly home?: string;
}

/** Where this person's kindgcr settings lie; the folder need not exist. */
export function settingsFolder(person: Person): string {
  const { env, platform } = person;
  if (env.XDG_CONFIG_HOME) return join(env.XDG_CONFIG_HOME, 'kindgcr');
  if (platform === 'win32') return join(env.APPDATA ?? join(homeFolder(person), 'AppData', 'Roaming'), 'kindgcr');
  if (platform === 'darwin') return join(homeFolder(person), 'Library', 'Application Support', 'kindgcr');
  return join(homeFolder(person), '.config', 'kindgcr');
}

/** Where this person's kindgcr caches lie; the folder need not exist. */
export function cacheFolder(person: Person): string {
  const { env, platform } = person;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'kindgcr');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeFolder(person), 'AppData', 'Local'), 'kindgcr', 'Cache');
  if (platform === 'darwin') return join(homeFolder(person), 'Library', 'Caches', 'kindgcr');
  return join(homeFolder(person), '.cache', 'kindgcr');
}

/** Where kindgcr keeps what is neither a setting nor a cache; the folder need not exist. */
export function stateFolder(person: Person): string {
  const { env, platform } = person;
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, 'kindgcr');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeFolder(person), 'AppData', 'Local'), 'kindgcr', 'State');
  if (platform === 'darwin') return join(homeFolder(person), 'Library', 'Application Support', 'kindgcr', 'State');
  return join(homeFolder(person), '.local', 'state', 'kindgcr');
}

/** The docker CLI's config file, as the docker CLI finds it; absolute, since it is remembered for other calls. */
export function dockerConfigFile(person: Person): string {
  return resolve(person.env.DOCKER_CONFIG || join(homeFolder(person), '.docker'), 'config.json');
}

/** The files that tell clients which helper to ask: docker's and, where podman was given one of its own, that one. */
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

/** The person's home folder. */
export function homeFolder({ env, platform, home }: Person): string {
  return (platform === 'win32' ? env.USERPROFILE : env.HOME) || home || accountHome();
}

/** What the account database says; it says nothing of a user id that has no account, as containers have them. */
function accountHome(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}
