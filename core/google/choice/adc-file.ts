import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readUserFile } from '../../system/read-user-file.ts';
import { gcloudFolder, type Person } from '../../system/user-folders.ts';
import { givenPath } from './credential-path.ts';

/**
 * The file of this person's application default credentials: the one that `GOOGLE_APPLICATION_CREDENTIALS` names, else
 * the one that `gcloud auth application-default login` writes, where it did. Throws CREDENTIAL_INVALID when the variable
 * holds no path. Synchronous, no library.
 */
export function adcFile(person: Person): string | undefined {
  const named = person.env.GOOGLE_APPLICATION_CREDENTIALS;
  if (named) return resolve(givenPath(named, 'GOOGLE_APPLICATION_CREDENTIALS'));
  const wellKnown = wellKnownAdcFile(person);
  return existsSync(wellKnown) ? wellKnown : undefined;
}

/** Where `gcloud auth application-default login` puts what it gets. */
export function wellKnownAdcFile(person: Person): string {
  return join(gcloudFolder(person), 'application_default_credentials.json');
}

/** Whether the file is a service account key, which also works in a node. A file that can't be read is not known to be one. */
export function isServiceAccountKey(path: string): boolean {
  try {
    const credentials: unknown = JSON.parse(readUserFile(path).toString('utf8'));
    return (
      typeof credentials === 'object' &&
      credentials !== null &&
      'type' in credentials &&
      credentials.type === 'service_account'
    );
  } catch {
    return false; // who opens it will say what is wrong with it
  }
}
