import { chmod, mkdir, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { removeLeftovers, replaceFile } from '../../core/system/replace-file.ts';
import { overwriteFile, undoOverwrite } from '../files/overwrite-file.ts';
import { readFailure, writeFailure } from '../files/stored-json.ts';
import { whyRefused } from './kubelet-rules.ts';

/** `config.json` as it is on disk. */
export interface KubeletFile {
  /** As the kubelet reads it: bytes that aren't UTF-8 are replaced. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/** The file holds tokens, so only root may read it. */
const MODE = 0o600;

/** Reads the kubelet's docker config; undefined when there is none. Throws FILE_FAILED. */
export async function readKubeletFile(path: string): Promise<KubeletFile | undefined> {
  try {
    const [bytes, { mode }] = await Promise.all([readFile(path), stat(path)]);
    return { text: bytes.toString('utf8'), bytes, mode: mode & 0o777 };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw readFailure(path, error);
  }
}

/**
 * Recovers the file from a write that was killed. The caller holds the reconcile lock. True when the kubelet could have
 * read neither the old nor the new credentials. Throws FILE_FAILED.
 */
export async function recoverKubeletFile(path: string): Promise<boolean> {
  try {
    return await undoOverwrite(path);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/**
 * Writes the kubelet's docker config atomically, 0600. Throws FILE_FAILED, and a plain Error (a bug) for a text that the
 * kubelet would refuse.
 */
export async function writeKubeletFile(path: string, text: string): Promise<void> {
  const refused = whyRefused(text);
  if (refused !== undefined) throw new Error(`the kubelet would refuse the new config.json: ${refused}`);
  await putKubeletFile(path, text, MODE);
}

/** Writes any content, also one that the kubelet would refuse: restores what was there before. Throws FILE_FAILED. */
export async function putKubeletFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  try {
    // Before kubeadm has run the folder may be missing. kubeadm creates it with these permissions, or uses an existing one.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await replaceFile(path, content, { mode }).catch(async (error: unknown) => {
      if (systemErrorCode(error) !== 'EBUSY') throw error;
      await overwriteFile(path, content, mode); // the file is a mount, which can't be the target of a rename
    });
    await removeLeftovers(path); // the caller holds the reconcile lock
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** Restricts the permissions of a file whose content is up to date. Throws FILE_FAILED. */
export async function closeKubeletFile(path: string): Promise<void> {
  try {
    await chmod(path, MODE);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** Removes the kubelet's docker config. A mount is emptied instead, which the kubelet treats as "no such file". */
export async function removeKubeletFile(path: string): Promise<void> {
  await removeLeftovers(path);
  try {
    await rm(path, { force: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'EBUSY') throw writeFailure(path, error);
    await truncate(path);
  }
}

/**
 * Keeps a copy of an unreadable file beside it, 0600, and returns its path. The same content is kept only once, so that a
 * program that writes it again and again can't fill the disk.
 */
export async function setAside(path: string, bytes: Uint8Array, now: Date): Promise<string> {
  const prefix = `${basename(path)}.broken-`;
  const folder = dirname(path);
  const copies = (await readdir(folder)).filter((name) => name.startsWith(prefix)).map((name) => join(folder, name));
  for (const copy of copies) {
    if (await holds(copy, bytes)) return copy;
  }
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('.', '');
  const copy = join(folder, `${prefix}${stamp}`);
  try {
    await replaceFile(copy, bytes, { mode: MODE });
  } catch (error) {
    throw writeFailure(copy, error);
  }
  return copy;
}

/** Whether a file exists with exactly this content. */
export async function holds(path: string, content: Uint8Array): Promise<boolean> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes?.equals(content) === true;
}
