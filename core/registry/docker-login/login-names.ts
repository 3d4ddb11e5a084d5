import { KindGcrError } from '../../errors.ts';
import { isJsonObject } from '../docker-config.ts';
import type { LoginFile } from './login-files.ts';
import { loginPlace, whyNeverUsed } from './login-place.ts';
import { isGoogleName, isWebLoginNote, type RegistryName, registryName } from './registry-name.ts';

/** The registries that files name, and the names that can't be used, each with the reason. */
export interface NamedRegistries {
  readonly registries: readonly RegistryName[];
  readonly refused: readonly { readonly name: string; readonly failure: KindGcrError }[];
}

/**
 * The registries that a docker config has, or may have, logins for: the keys of `auths` and `credHelpers`, without asking
 * any helper, since their `list` makes keychains prompt. Google's are left out: they have their own source.
 */
export function namedRegistries(files: readonly LoginFile[]): NamedRegistries {
  const registries = new Map<string, RegistryName>();
  const refused = new Map<string, KindGcrError>();
  for (const file of files) {
    for (const [name, isHelper] of namesIn(file)) {
      if (isWebLoginNote(name) || isGoogleName(name)) continue;
      try {
        const reason = isHelper ? whyNeverUsed(name) : undefined;
        if (reason !== undefined) throw new KindGcrError('USAGE', reason, { hint: `It is in ${file.path}` });
        const registry = registryName(name);
        if (isHelper || mayHaveLogin(file, registry)) registries.set(registry.key, registry);
      } catch (failure) {
        if (!(failure instanceof KindGcrError)) throw failure;
        refused.set(name, failure);
      }
    }
  }
  return {
    registries: [...registries.values()],
    refused: [...refused].map(([name, failure]) => ({ name, failure })),
  };
}

function namesIn({ auths, credHelpers }: LoginFile): readonly (readonly [name: string, isHelper: boolean])[] {
  const inFile = Object.keys(auths).map((name) => [name, false] as const);
  return [...inFile, ...Object.keys(credHelpers).map((name) => [name, true] as const)];
}

/** `docker login` leaves an empty entry where a helper keeps the login; without a helper it means nothing. */
function mayHaveLogin(file: LoginFile, registry: RegistryName): boolean {
  const { helper, entry } = loginPlace(file, registry);
  return helper !== undefined || (isJsonObject(entry) && Object.keys(entry).length > 0);
}
