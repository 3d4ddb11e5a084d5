import { KindGcrError } from '../../core/errors.ts';
import type { SourceChoice } from '../../core/google/choice/source-choice.ts';
import { GOOGLE_OWNER, type RegistryLogin } from '../../core/registry/registry-login.ts';
import type { CommandContext } from '../context.ts';
import { type FromDocker, loginsFromDocker } from './from-docker.ts';
import { type HostLogin, hostLogin } from './host-login.ts';

/** Everything that this host sends to nodes. */
export interface NodeLogins {
  /** Google's; undefined where this host has no Google credential, which is fine with other logins. */
  readonly google: HostLogin | undefined;
  readonly docker: FromDocker;
  /** Every owner whose logins nodes should have or keep; logins of other owners are removed. */
  readonly owners: readonly string[];
}

/**
 * Gets the logins for nodes: Google's by the source, and those of the user's Docker for the registries that are chosen.
 * Each of Docker's that is not available is a warning. Throws what the source throws, unless it is just not there and Docker
 * has another login.
 */
export async function nodeLogins(
  choice: SourceChoice,
  names: readonly string[],
  context: Pick<CommandContext, 'user' | 'exec' | 'signal' | 'now' | 'log'>,
): Promise<NodeLogins> {
  const docker = await loginsFromDocker(names, context, { attended: true });
  for (const { failure } of docker.missing)
    context.log.warn(`${failure.message}; it is left out`, { hint: failure.hint });
  return {
    google: await googleBeside(docker, () => hostLogin(choice, context.user, context.signal)),
    docker,
    owners: withGoogle(docker.owners),
  };
}

/**
 * Google's login, or undefined where this host has no credential for it and Docker has another login, or it is not
 * required: a node then only loses what it should no longer have.
 */
export async function googleBeside(
  { logins, missing }: FromDocker,
  ask: () => Promise<HostLogin>,
  { isRequired = true } = {},
): Promise<HostLogin | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KindGcrError) || error.code !== 'CREDENTIAL_NOT_FOUND') throw error;
    if (logins.length > 0 || !isRequired) return undefined;
    throw missing[0]?.failure ?? error;
  }
}

/** Those owners and Google's, whose logins expire. */
export function withGoogle(owners: readonly string[]): readonly string[] {
  return [GOOGLE_OWNER, ...owners];
}

/** All logins that a node gets from this host: one that has a key gets only the others. */
export function loginsFor(
  { google, docker }: NodeLogins,
  { mints }: { readonly mints: boolean },
): readonly RegistryLogin[] {
  const googles = google === undefined || mints ? [] : [google.login];
  return [...googles, ...docker.logins.map(({ login }) => login)];
}

/** The keys of Docker's logins: which images a kubelet needs them for. */
export function keysOf({ docker }: NodeLogins): readonly string[] {
  return docker.logins.flatMap(({ login }) => login.registries);
}

/** Whose logins they are, as the end of a sentence: `gcloud, ghcr.io as ann`. */
export function accountsOf({ google, docker }: NodeLogins): string {
  const others = docker.logins.map(({ registry, login }) => `${registry.name} as ${login.username}`);
  return [...(google === undefined ? [] : [google.who]), ...others].join(', ');
}
