import { lstatSync } from 'node:fs';
import { KindGcrError } from '../../errors.ts';
import { mayBeCredential } from '../../redact.ts';
import type { Env } from '../../system/user-folders.ts';

/**
 * Checks a path from a flag, a variable or a setting called `name`. Throws CREDENTIAL_INVALID, without quoting it, if it
 * looks like the text of a credential instead. Synchronous, no library.
 */
export function givenPath(value: string, name: string): string {
  if (!mayBeCredential(value) || exists(value)) return value;
  throw new KindGcrError('CREDENTIAL_INVALID', `${name} is the text of a credential, not a path`, {
    hint: 'Save the text in a file that only you can read, and use the path of that file.',
  });
}

/** Variables with a file or folder of the user, which error messages quote. */
const PATH_VARIABLES = ['DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME'];

/** Checks the variables that every command may quote. Throws as `givenPath` does. */
export function checkPathVariables(env: Env): void {
  for (const name of PATH_VARIABLES) givenPath(env[name] ?? '', name);
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // too long for a path
  }
}
