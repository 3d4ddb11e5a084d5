import { KindGcrError } from '../../core/errors.ts';
import {
  chosenRegistries,
  type DockerLogin,
  dockerLogin,
  type MissingLogin,
  ownerOf,
} from '../../core/registry/docker-login/docker-logins.ts';
import { type RegistryName, registryName } from '../../core/registry/docker-login/registry-name.ts';
import type { CommandContext } from '../context.ts';
import { readSettings } from './settings.ts';

/** What the user's Docker has for the registries that were chosen. */
export interface FromDocker {
  readonly logins: readonly DockerLogin[];
  readonly missing: readonly MissingLogin[];
  /** The owners whose logins nodes should have or keep: also one whose helper or registry fails for now. */
  readonly owners: readonly string[];
}

/** Gets the logins to the registries that are chosen, all at once; one that fails leaves the others alone. Throws USAGE. */
export async function loginsFromDocker(
  names: readonly string[],
  context: Pick<CommandContext, 'user' | 'exec' | 'signal' | 'now'>,
  { attended }: { readonly attended: boolean },
): Promise<FromDocker> {
  if (names.length === 0) return { logins: [], missing: [], owners: [] };
  const { registries, refused } = await chosenRegistries(names, context.user);
  const { trustingFetch } = await import('./trusting-fetch.ts'); // with undici, which is heavy
  const world = { ...context, attended, fetch: trustingFetch(context.user) };
  const found = await Promise.all(registries.map((registry) => foundOrMissing(registry, world)));
  const logins = found.filter((one) => 'login' in one);
  const missing = found.filter((one) => 'failure' in one);
  const kept = missing.filter(({ failure }) => failure.code === 'TOKEN_EXCHANGE_FAILED');
  return {
    logins,
    missing: [...refused, ...missing],
    owners: [...logins.map(({ login }) => login.owner), ...kept.map(({ registry }) => ownerOf(registry))],
  };
}

/** The keys of registries whose login can't be had for now: what was sent of them before should stay. */
export function keysToKeep({ logins, missing }: Pick<FromDocker, 'logins' | 'missing'>): readonly string[] {
  const failing = missing.filter(({ failure }) => failure.code === 'TOKEN_EXCHANGE_FAILED');
  const keys = failing.map(({ name }) => registryName(name).key);
  return keys.filter((key) => !logins.some(({ registry }) => registry.key === key));
}

type Missing = MissingLogin & { readonly registry: RegistryName };

async function foundOrMissing(
  registry: RegistryName,
  world: Parameters<typeof dockerLogin>[1],
): Promise<DockerLogin | Missing> {
  try {
    return await dockerLogin(registry, world);
  } catch (failure) {
    if (!(failure instanceof KindGcrError)) throw failure;
    return { registry, name: registry.name, failure };
  }
}

/** The names of the registries that Docker has a login for and nodes don't get; none where its config can't be read. */
export async function unusedLogins(
  names: readonly string[],
  { user }: Pick<CommandContext, 'user'>,
): Promise<readonly string[]> {
  const keys = ({ registries }: Awaited<ReturnType<typeof chosenRegistries>>) => registries.map(({ name }) => name);
  try {
    const chosen = keys(await chosenRegistries(names, user));
    return keys(await chosenRegistries(['all'], user)).filter((name) => !chosen.includes(name));
  } catch {
    return []; // this is only for a hint
  }
}

/** Warns that an option without the agent leaves out the registries that `config set from-docker` chose. */
export async function warnOfUnsent(option: string, { user, log }: Pick<CommandContext, 'user' | 'log'>): Promise<void> {
  const { fromDocker = [] } = await readSettings(user);
  if (fromDocker.length === 0) return;
  log.warn(
    `from-docker is set (${fromDocker.join(',')}), but ${option} installs no agent: nodes get no login of your Docker`,
  );
}
