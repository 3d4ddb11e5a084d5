import { KindGcrError, systemErrorCode } from '../../errors.ts';
import { readUserFile, whyUnreadable } from '../../system/read-user-file.ts';

/** The only supported universe. */
const UNIVERSE = 'googleapis.com';

/** A kind of credentials file, in the words of error messages. */
export interface FileKind {
  /** `key file`. */
  readonly name: string;
  /** What to say of a file that is not JSON: `not a service account key`. */
  readonly otherwise: string;
  /** How to get such a file. */
  readonly hint: string;
}

/** Reads a file of Google credentials. Throws CREDENTIAL_NOT_FOUND if it can't be read. */
export function readCredentialsFile(path: string, { name, hint }: FileKind): string {
  try {
    return readUserFile(path).toString('utf8');
  } catch (error) {
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', `${name} ${path} ${whyUnreadable(error)}`, {
      hint: systemErrorCode(error) === 'ENOENT' ? hint : `Name a file that you can read: ls -lL ${path}`,
      cause: error,
    });
  }
}

/**
 * Parses the text of such a file; `path` is for error messages, which never quote the text. Throws CREDENTIAL_INVALID if
 * it is not JSON, or for another universe.
 */
export function parseCredentials(text: string, path: string, { otherwise, hint }: FileKind): unknown {
  // U+FEFF is the byte order mark of UTF-8; that of UTF-16 is two bytes that are not valid UTF-8.
  if (/^(\ufeff|\ufffd\ufffd)/.test(text)) {
    throw invalid(
      `${path} starts with a byte order mark (BOM), so it is not JSON`,
      `Save ${path} as UTF-8 without BOM; in PowerShell: Set-Content -Encoding utf8NoBOM ${path}`,
    );
  }
  if (text.trim() === '') throw invalid(`${path} is empty, so it is ${otherwise}`, `Fill ${path} again. ${hint}`);
  const json = parseJson(text);
  if (json === undefined && isBase64OfJson(text)) {
    throw invalid(
      `${path} is base64, so it is not JSON`,
      `Decode it and name the result instead: base64 --decode < ${path} > key.json`,
    );
  }
  if (json === undefined) throw invalid(`${path} is not JSON, so it is ${otherwise}`, hint);
  checkUniverse(json, path);
  return json;
}

/** Undefined if it is not JSON. The parser's error is dropped: it quotes the text, which may be a key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Refuses credentials for another cloud: their tokens come from elsewhere and do not work with Google's registries. */
export function checkUniverse(json: unknown, from: string): void {
  const universe: unknown =
    typeof json === 'object' && json !== null ? Reflect.get(json, 'universe_domain') : undefined;
  if (universe === undefined || universe === null || universe === '' || universe === UNIVERSE) return;
  const shown = typeof universe === 'string' && /^[\w.-]{1,100}$/.test(universe) ? ` "${universe}"` : '';
  throw invalid(
    `${from} is for another cloud: its universe_domain${shown} is not ${UNIVERSE}`,
    `kindgcr does not support other universes yet: use credentials of ${UNIVERSE}`,
  );
}

function isBase64OfJson(text: string): boolean {
  return /^[\w+/=\s-]+$/.test(text) && Buffer.from(text, 'base64').toString('utf8').trimStart().startsWith('{');
}

function invalid(message: string, hint: string): KindGcrError {
  return new KindGcrError('CREDENTIAL_INVALID', message, { hint });
}
