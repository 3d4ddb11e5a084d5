import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from '../../system/programs-on-path.ts';
import { type Env, gcloudFolder, type User } from '../../system/user-folders.ts';
import { wellKnownAdcFile } from './adc-file.ts';

/** Contains `Google…` on a Compute Engine machine. */
const PRODUCT_NAME = '/sys/class/dmi/id/product_name';

/**
 * The source when nothing is configured: gcloud, unless it has no login while there are application default credentials.
 * Decided by which files exist, since running gcloud takes most of a second.
 */
export function defaultSource(user: User): 'gcloud' | 'adc' {
  const { env } = user;
  if (env.KINDGCR_GCLOUD) return 'gcloud';
  if (existsSync(wellKnownAdcFile(user))) return gcloudIsReady(user) ? 'gcloud' : 'adc';
  if (gcloudIsOnPath(user)) return 'gcloud';
  return isOnGoogleCloud(user) ? 'adc' : 'gcloud';
}

function gcloudIsReady(user: User): boolean {
  return (
    gcloudIsOnPath(user) && (hasOwnCredentials(user.env) || existsSync(join(gcloudFolder(user), 'credentials.db')))
  );
}

function gcloudIsOnPath(user: User): boolean {
  return isOnPath(user.platform === 'win32' ? ['gcloud.cmd'] : ['gcloud'], user);
}

/** Whether gcloud was given a credential from outside its own store. */
function hasOwnCredentials(env: Env): boolean {
  return Boolean(env.CLOUDSDK_AUTH_ACCESS_TOKEN_FILE || env.CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE);
}

function isOnGoogleCloud({ env, platform }: User): boolean {
  if (env.GCE_METADATA_HOST || env.GCE_METADATA_IP) return true;
  if (platform !== 'linux') return false;
  try {
    return readFileSync(PRODUCT_NAME, 'utf8').startsWith('Google');
  } catch {
    return false;
  }
}
