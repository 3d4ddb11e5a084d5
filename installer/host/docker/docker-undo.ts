import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { emptyHelpers, type FormerHelpers, removeHelpers } from './helper-entries.ts';
import { splice } from './json-members.ts';

/**
 * Restores a docker config byte for byte: the text that a registration replaced. It is within `credHelpers`, so it holds no
 * login.
 */
export const DockerUndoSchema = v.object({
  /** Hash of the file as the registration left it: only that file can be restored exactly. */
  sha256: v.string(),
  /** Offset of the text that the registration wrote, and its length. */
  offset: v.number(),
  length: v.number(),
  /** The replaced text; null when there was no file. */
  text: v.nullable(v.string()),
  /** The folder of the file was missing, too. */
  folder: v.optional(v.literal(true)),
  /** How an empty `credHelpers` was written before. */
  empty: v.optional(v.string()),
});

/** Restores a docker config. */
export type DockerUndo = v.InferOutput<typeof DockerUndoSchema>;

/** The record that restores `before` from `after`; `before` is undefined when there was no file. */
export function undoOf(before: string | undefined, after: string): DockerUndo {
  const former = before ?? '';
  const shorter = Math.min(former.length, after.length);
  let offset = 0;
  while (offset < shorter && former[offset] === after[offset]) offset++;
  let tail = 0;
  while (tail < shorter - offset && former.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const empty = emptyHelpers(former);
  return {
    sha256: sha256(after),
    offset,
    length: after.length - offset - tail,
    text: before === undefined ? null : former.slice(offset, former.length - tail),
    ...(empty === undefined ? {} : { empty }),
  };
}

/**
 * The bytes from before a registration, undefined for no file: exactly those when nothing else has changed the file since,
 * else the present ones without the helper's entries.
 */
export function bytesBefore(
  bytes: string | undefined,
  undo: DockerUndo | undefined,
  former: FormerHelpers,
): string | undefined {
  if (bytes === undefined) return undefined;
  if (undo === undefined || undo.sha256 !== sha256(bytes)) return removeHelpers(bytes, former, undo?.empty);
  return undo.text === null ? undefined : splice(bytes, undo.offset, undo.offset + undo.length, undo.text);
}

function sha256(bytes: string): string {
  return createHash('sha256').update(bytes, 'latin1').digest('hex');
}
