import { statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { sourceIdentity } from '../../core/google/choice/source-identity.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { gcloudFolder, type User } from '../../core/system/user-folders.ts';

/** Changes when the user logs in again or chooses another account or source. Reads the metadata of a few files only. */
export function loginStamp(user: User): string {
  try {
    return JSON.stringify([sourceIdentity(chooseSource(user), PULL_SCOPES, user), gcloudLogins(user)]);
  } catch (error) {
    return errorMessage(error);
  }
}

/** gcloud keeps what `gcloud auth login` gets in this file. */
function gcloudLogins(user: User): readonly number[] {
  const file = statSync(join(gcloudFolder(user), 'credentials.db'), { throwIfNoEntry: false });
  return file === undefined ? [] : [file.ino, file.size, file.mtimeMs];
}
