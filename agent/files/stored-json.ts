import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { fileFailure, KindGcrError, systemErrorCode } from '../../core/errors.ts';
import { removeLeftovers, replaceFile } from '../../core/system/replace-file.ts';

/**
 * Reads a JSON file of ours; undefined when there is none. Throws CONFIG_INVALID when it is invalid, naming the key but
 * never the value, and FILE_FAILED when it can't be read. `reviver` is JSON.parse's.
 */
export async function readStored<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  hint: string,
  reviver?: Parameters<typeof JSON.parse>[1],
): Promise<v.InferOutput<Schema> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw readFailure(path, error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text, reviver);
  } catch {
    throw new KindGcrError('CONFIG_INVALID', `${path} is not JSON`, { hint });
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  throw new KindGcrError('CONFIG_INVALID', `${path} is invalid${placeOf(parsed.issues[0])}`, { hint });
}

/** Writes a JSON file of ours, 0600, its folder 0700 where it has to be made. Throws FILE_FAILED. */
export async function writeStored(path: string, value: unknown): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    await removeLeftovers(path); // only one process writes at a time
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** The error for a file that could not be read. */
export function readFailure(path: string, error: unknown): KindGcrError {
  const code = systemErrorCode(error) ?? 'unknown error';
  return fileFailure(path, 'read', error, { hint: hintFor(path, code) });
}

/** The error for a file that could not be written. */
export function writeFailure(path: string, error: unknown): KindGcrError {
  const code = systemErrorCode(error) ?? 'unknown error';
  return fileFailure(path, 'written', error, { hint: hintFor(path, code) });
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "Free some space on the node's disk: df -h",
  EROFS: 'It is mounted read-only: remove readOnly from its mount in the kind config.',
  EACCES: 'Run it as root.',
  EISDIR: 'A mount whose source does not exist creates a folder. Remove it, or mount an existing file.',
};

function hintFor(path: string, code: string): string {
  return HINTS[code] ?? `Look at the file and its folder: ls -ld ${path} ${dirname(path)}`;
}

/** The key at which a JSON value is invalid, for a message. The value itself may be a secret. */
export function placeOf(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue);
  if (place === null) return '';
  return ` (at ${/^[\w.-]+$/.test(place) ? place : JSON.stringify(place)})`; // an unknown key may be any text
}
