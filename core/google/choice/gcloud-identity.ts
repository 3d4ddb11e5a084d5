import { join } from 'node:path';
import { readUserFile } from '../../system/read-user-file.ts';
import { gcloudFolder, type User } from '../../system/user-folders.ts';
import { credentialFileParts, UNCACHED, variables, versionOf } from './credential-file-identity.ts';

/** The properties in gcloud's configuration that name a file to use instead of a login. */
const FILE_PROPERTY = /^[ \t]*(access_token_file|credential_file_override)[ \t]*[=:][ \t]*(\S.*?)[ \t]*$/gm;

/**
 * What decides whose tokens gcloud returns: its variables, the active configuration and its content, and the files that
 * either names instead of a login.
 */
export function gcloudParts(user: User): readonly unknown[] {
  const { env } = user;
  const folder = gcloudFolder(user);
  const active = env.CLOUDSDK_ACTIVE_CONFIG_NAME || read(join(folder, 'active_config')).trim() || 'default';
  const configuration = join(folder, 'configurations', `config_${active}`);
  const properties = [configuration, join(folder, 'properties')].map(read);
  const named = new Map(
    properties.flatMap((text) => [...text.matchAll(FILE_PROPERTY)].map(([, name, path]) => [name, path] as const)),
  );
  const tokenFile = env.CLOUDSDK_AUTH_ACCESS_TOKEN_FILE || named.get('access_token_file');
  const override = env.CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE || named.get('credential_file_override');
  return [
    folder,
    // Whose token it is does not depend on the proxy, whose password may be among the variables.
    variables(env, /^CLOUDSDK_(?!PROXY_)/),
    active,
    versionOf(configuration),
    properties,
    // A token of unknown age, which another program may replace at any time.
    tokenFile === undefined ? null : UNCACHED,
    override === undefined ? null : credentialFileParts(override, user),
  ];
}

function read(path: string): string {
  try {
    return readUserFile(path).toString('utf8');
  } catch {
    return '';
  }
}
