import { chmod, mkdir, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { removeLeftovers, replaceFile } from '../../core/system/replace-file.ts';
import { overwriteFile, undoOverwrite } from '../files/overwrite-file.ts';
import { readFailure, writeFailure } from '../files/stored-json.ts';
import { whyRefused } from './kubelet-rules.ts';

/** `config.json` as it lies on the disk. */
export interface KubeletFile {
  /** What the kubelet reads in it: bytes that are no UTF-8 are other letters here. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/** Only root reads what holds a token. */
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
 * Heals what a write that was killed has left; only for who holds the lock of a pass. True when the kubelet would have
 * found neither the old credentials nor the new. Throws FILE_FAILED.
 */
export async function healKubeletFile(path: string): Promise<boolean> {
  try {
    return await undoOverwrite(path);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/**
 * Writes the kubelet's docker config: whole or not at all, 0600. Throws FILE_FAILED, and a plain Error, which is a bug of
 * ours, for a text that the kubelet would refuse.
 */
export async function writeKubeletFile(path: string, text: string): Promise<void> {
  const refused = whyRefused(text);
  if (refused !== undefined)
    throw new Error(`the kubelet would not read the config.json that was to be written: ${refused}`);
  await putKubeletFile(path, text, MODE);
}

/** Writes back what another hand had written, whatever the kubelet makes of it. Throws FILE_FAILED. */
export async function putKubeletFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  try {
    // Before kubeadm ran there may be no such folder; kubeadm makes it with these bits and takes one that is there.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await replaceFile(path, content, { mode }).catch(async (error: unknown) => {
      if (systemErrorCode(error) !== 'EBUSY') throw error;
      await overwriteFile(path, content, mode); // the file itself is a mount, and a mount can't be renamed over
    });
    await removeLeftovers(path); // only one pass runs at a time
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** Narrows the permission bits of a file that is right otherwise. Throws FILE_FAILED. */
export async function closeKubeletFile(path: string): Promise<void> {
  try {
    await chmod(path, MODE);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** Removes the kubelet's docker config; where it is a mount, empties it, which the kubelet takes for "no such file". */
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
 * Keeps a copy of a file that can't be used as it is, 0600, beside it, and returns the copy's path. The same content is
 * kept once, so that another program that writes it again and again fills no disk.
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

/** Whether a file is there and has just this content. */
export async function holds(path: string, content: Uint8Array): Promise<boolean> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes?.equals(content) === true;
}
