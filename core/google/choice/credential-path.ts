import { lstatSync } from 'node:fs';
import { KindGcrError } from '../../errors.ts';
import { mayBeCredential } from '../../redact.ts';

/**
 * A path that a flag, a variable or a setting gives; `name` is what it is called. Throws CREDENTIAL_INVALID for what looks
 * like the text of a credential instead, and shows no part of it. Synchronous, no library.
 */
export function givenPath(value: string, name: string): string {
  if (!mayBeCredential(value) || exists(value)) return value;
  throw new KindGcrError(
    'CREDENTIAL_INVALID',
    `${name} is the text of a credential, where the path of a file belongs`,
    {
      hint: 'Save the text in a file that only you can read, and give the path of that file.',
    },
  );
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // too long for a path
  }
}
