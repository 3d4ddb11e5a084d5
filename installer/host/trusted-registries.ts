import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFailure, systemErrorCode } from '../../core/errors.ts';
import { makePrivateFolder } from '../../core/system/make-private-folder.ts';
import { readUserFile } from '../../core/system/read-user-file.ts';
import { replaceFile } from '../../core/system/replace-file.ts';
import { settingsFolder, type User } from '../../core/system/user-folders.ts';

/** The certificates for a registry with a private certificate authority; all PEM. */
export interface RegistryTrust {
  readonly ca: string;
  /** The client certificate that the registry asks for. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

/** Reads the stored certificates for a registry's host; undefined for none. Throws FILE_FAILED. */
export function readTrust(host: string, user: User): RegistryTrust | undefined {
  const folder = folderOf(host, user);
  const ca = pemText(join(folder, 'ca.crt'));
  if (ca === undefined) return undefined;
  const [cert, key] = [pemText(join(folder, 'client.cert')), pemText(join(folder, 'client.key'))];
  return { ca, client: cert === undefined || key === undefined ? undefined : { cert, key } };
}

/** Stores the certificates for a registry's host, in files of 0600. Throws FILE_FAILED. */
export async function rememberTrust(host: string, { ca, client }: RegistryTrust, user: User): Promise<void> {
  const folder = folderOf(host, user);
  try {
    await forgetTrust(host, user);
    await makePrivateFolder(folder);
    const files = { 'ca.crt': ca, ...(client && { 'client.cert': client.cert, 'client.key': client.key }) };
    for (const [name, text] of Object.entries(files)) await replaceFile(join(folder, name), text, { mode: 0o600 });
  } catch (error) {
    throw fileFailure(folder, 'written', error, { hint: `ls -ld ${folder}` });
  }
}

/** Removes the certificates for a registry's host. */
export async function forgetTrust(host: string, user: User): Promise<void> {
  await rm(folderOf(host, user), { recursive: true, force: true });
}

/** The hosts that have stored certificates. */
export async function trustedHosts(user: User): Promise<readonly string[]> {
  const names = await readdir(trustFolder(user)).catch(() => []);
  return names.map(decodeURIComponent);
}

/** The folder of all certificates, with a folder for each host. */
export function trustFolder(user: User): string {
  return join(settingsFolder(user), 'trust');
}

function folderOf(host: string, user: User): string {
  return join(trustFolder(user), encodeURIComponent(host));
}

/** The text of a certificate or key; undefined when there is no such file. Throws FILE_FAILED. */
export function pemText(path: string): string | undefined {
  try {
    return readUserFile(path).toString('utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileFailure(path, 'read', error, { hint: `ls -l ${path}` });
  }
}
