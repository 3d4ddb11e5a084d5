import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readUserFile } from '../../system/read-user-file.ts';
import { gcloudFolder, type User } from '../../system/user-folders.ts';
import { givenPath } from './credential-path.ts';

/**
 * The user's application default credentials file: the one that `GOOGLE_APPLICATION_CREDENTIALS` names, else the one
 * that `gcloud auth application-default login` writes, if it exists. Throws CREDENTIAL_INVALID when the variable
 * holds no path. Synchronous, no library.
 */
export function adcFile(user: User): string | undefined {
  const named = user.env.GOOGLE_APPLICATION_CREDENTIALS;
  if (named) return resolve(givenPath(named, 'GOOGLE_APPLICATION_CREDENTIALS'));
  const wellKnown = wellKnownAdcFile(user);
  return existsSync(wellKnown) ? wellKnown : undefined;
}

/** The file that `gcloud auth application-default login` writes. */
export function wellKnownAdcFile(user: User): string {
  return join(gcloudFolder(user), 'application_default_credentials.json');
}

/** Whether the file is a service account key, which also works in a node. False for a file that can't be read. */
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
    return false; // opening the source reports what is wrong with it
  }
}
