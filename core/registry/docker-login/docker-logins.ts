import { KindGcrError } from '../../errors.ts';
import type { User } from '../../system/user-folders.ts';
import type { RegistryLogin } from '../registry-login.ts';
import type { Web } from '../registry-request.ts';
import { checkLogin } from './check-login.ts';
import { askHelper, type HelperOptions } from './credential-helper.ts';
import { type Expiry, expiryOf } from './expiry.ts';
import { type LoginFile, readLoginFiles } from './login-files.ts';
import { namedRegistries } from './login-names.ts';
import { type LoginPlace, loginPlace } from './login-place.ts';
import { type RegistryName, registryName } from './registry-name.ts';
import { rawEntry, rawLogin, type UsableLogin, usableLogin } from './usable-login.ts';

/** A login that this user's Docker has, ready for a kubelet. */
export interface DockerLogin {
  readonly registry: RegistryName;
  readonly login: RegistryLogin;
  /** Where it came from: the name of a credential helper's program, or a file's path. */
  readonly from: string;
  readonly expiry: Expiry['known'];
}

/** A registry whose login can't be used now, with the reason. */
export interface MissingLogin {
  readonly name: string;
  readonly failure: KindGcrError;
}

/** What is needed to find logins and to try them. */
export interface DockerLoginWorld extends HelperOptions, Pick<Web, 'fetch'> {
  readonly user: User;
  readonly now: () => Date;
}

/** The word that stands for every registry that Docker has a login for. */
const ALL_REGISTRIES = 'all';

/** The owner of the login to a registry among a node's logins: one per registry. */
export function ownerOf({ name }: RegistryName): string {
  return `docker:${name}`;
}

/**
 * The registries that a user means: by name, or `all` that Docker's config names. What a config names and can't be used is
 * `refused`; a name that the user gave throws USAGE.
 */
export async function chosenRegistries(
  names: readonly string[],
  user: User,
): Promise<{ readonly registries: readonly RegistryName[]; readonly refused: readonly MissingLogin[] }> {
  const given = names.filter((name) => name !== ALL_REGISTRIES).map(registryName);
  const { registries, refused } = names.includes(ALL_REGISTRIES)
    ? namedRegistries(await readLoginFiles(user))
    : { registries: [], refused: [] };
  const byKey = new Map([...given, ...registries].map((registry) => [registry.key, registry]));
  return { registries: [...byKey.values()], refused };
}

/** Where Docker would look for the login to a registry, in words; undefined where there is nothing to look at. */
export async function loginOrigin(registry: RegistryName, user: User): Promise<string | undefined> {
  const places = placesOf(await readLoginFiles(user), registry);
  return places.map(originOf)[0];
}

/**
 * Finds the login to a registry as Docker does, and tries it at the registry. Throws CREDENTIAL_NOT_FOUND when Docker has
 * none, CREDENTIAL_INVALID when it can't be used or is refused, TOKEN_EXCHANGE_FAILED when a helper or the registry fails.
 */
export async function dockerLogin(registry: RegistryName, world: DockerLoginWorld): Promise<DockerLogin> {
  const found = await findLogin(registry, world);
  const { expiresAt, known } = expiryOf(found.usable.secret, { host: registry.host, now: world.now() });
  if (new Date(expiresAt) <= world.now()) {
    throw new KindGcrError('CREDENTIAL_INVALID', `the login to ${registry.name} expired at ${expiresAt}`, {
      hint: `Log in again: docker login ${registry.name}`,
    });
  }
  await checkLogin(registry, found.usable, world);
  const login = { ...found.usable, registries: [registry.key], expiresAt, owner: ownerOf(registry) };
  return { registry, login, from: found.from, expiry: known };
}

interface FoundLogin {
  readonly usable: UsableLogin;
  readonly from: string;
}

async function findLogin(registry: RegistryName, world: DockerLoginWorld): Promise<FoundLogin> {
  const { name } = registry;
  const places = placesOf(await readLoginFiles(world.user), registry);
  for (const place of places) {
    const usable = await loginAt(place, registry, world);
    if (usable !== undefined) return { usable, from: originOf(place) };
  }
  const asked = places.flatMap(({ helper }) => (helper === undefined ? [] : [programOf(helper)]));
  const where = asked.length === 0 ? 'Docker' : asked.join(' and ');
  throw new KindGcrError('CREDENTIAL_NOT_FOUND', `${where} has no login to ${name}`, { hint: `docker login ${name}` });
}

/** When a helper fails, the file's entry is used, as Docker does; when it has no login, it is not. */
async function loginAt(
  place: LoginPlace,
  registry: RegistryName,
  world: DockerLoginWorld,
): Promise<UsableLogin | undefined> {
  const inFile = () => place.entry && usableLogin(rawEntry(place.entry, registry, place.path), registry);
  if (place.helper === undefined) return inFile();
  try {
    const answer = await askHelper(place.helper, registry.key, world);
    return answer && usableLogin(rawLogin(answer), registry);
  } catch (failure) {
    if (!(failure instanceof KindGcrError) || failure.code === 'CREDENTIAL_INVALID') throw failure;
    const usable = inFile();
    if (usable === undefined) throw failure;
    return usable;
  }
}

function placesOf(files: readonly LoginFile[], registry: RegistryName): readonly LoginPlace[] {
  const places = files.map((file) => loginPlace(file, registry));
  return places.filter(({ helper, entry }) => helper !== undefined || entry !== undefined);
}

function originOf({ helper, path }: LoginPlace): string {
  return helper === undefined ? path : programOf(helper);
}

function programOf(helper: string): string {
  return `docker-credential-${helper}`;
}
