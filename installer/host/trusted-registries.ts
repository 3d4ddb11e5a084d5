import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFailure, systemErrorCode } from '../../core/errors.ts';
import { makePrivateFolder } from '../../core/system/make-private-folder.ts';
import { readUserFile } from '../../core/system/read-user-file.ts';
import { replaceFile } from '../../core/system/replace-file.ts';
import { type Person, settingsFolder } from '../../core/system/user-folders.ts';

/** The certificates for a registry with a private certificate authority; all PEM. */
export interface RegistryTrust {
  readonly ca: string;
  /** The client certificate that the registry asks for. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

/** Reads the stored certificates for a registry's host; undefined for none. Throws FILE_FAILED. */
export function readTrust(host: string, person: Person): RegistryTrust | undefined {
  const folder = folderOf(host, person);
  const ca = textOf(join(folder, 'ca.crt'));
  if (ca === undefined) return undefined;
  const [cert, key] = [textOf(join(folder, 'client.cert')), textOf(join(folder, 'client.key'))];
  return { ca, client: cert === undefined || key === undefined ? undefined : { cert, key } };
}

/** Stores the certificates for a registry's host, in files of 0600. Throws FILE_FAILED. */
export async function rememberTrust(host: string, { ca, client }: RegistryTrust, person: Person): Promise<void> {
  const folder = folderOf(host, person);
  try {
    await forgetTrust(host, person);
    await makePrivateFolder(folder);
    const files = { 'ca.crt': ca, ...(client && { 'client.cert': client.cert, 'client.key': client.key }) };
    for (const [name, text] of Object.entries(files)) await replaceFile(join(folder, name), text, { mode: 0o600 });
  } catch (error) {
    throw fileFailure(folder, 'written', error, { hint: `ls -ld ${folder}` });
  }
}

/** Removes the certificates for a registry's host. */
export async function forgetTrust(host: string, person: Person): Promise<void> {
  await rm(folderOf(host, person), { recursive: true, force: true });
}

/** The hosts that have stored certificates. */
export async function trustedHosts(person: Person): Promise<readonly string[]> {
  const names = await readdir(trustFolder(person)).catch(() => []);
  return names.map(decodeURIComponent);
}

/** The folder of all certificates, with a folder for each host. */
export function trustFolder(person: Person): string {
  return join(settingsFolder(person), 'trust');
}

function folderOf(host: string, person: Person): string {
  return join(trustFolder(person), encodeURIComponent(host));
}

function textOf(path: string): string | undefined {
  try {
    return readUserFile(path).toString('utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileFailure(path, 'read', error, { hint: `ls -l ${path}` });
  }
}
