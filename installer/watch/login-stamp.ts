import { statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { sourceIdentity } from '../../core/google/choice/source-identity.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { gcloudFolder, type Person } from '../../core/system/user-folders.ts';

/** Changes when the user logs in again or chooses another account or source. Reads the metadata of a few files only. */
export function loginStamp(person: Person): string {
  try {
    return JSON.stringify([sourceIdentity(chooseSource(person), PULL_SCOPES, person), gcloudLogins(person)]);
  } catch (error) {
    return errorMessage(error);
  }
}

/** gcloud keeps what `gcloud auth login` gets in this file. */
function gcloudLogins(person: Person): readonly number[] {
  const file = statSync(join(gcloudFolder(person), 'credentials.db'), { throwIfNoEntry: false });
  return file === undefined ? [] : [file.ino, file.size, file.mtimeMs];
}
