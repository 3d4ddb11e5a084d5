/**
 * Docker's credential helper protocol, its fixed texts and its shapes. Clients compare the texts word for word.
 * Source: docker/docker-credential-helpers, `credentials/credentials.go` and `credentials/error.go`.
 */

/** The error after which clients continue without credentials. */
export const NOT_FOUND = 'credentials not found in native keychain';
const NO_SERVER_URL = 'no credentials server URL';
const NO_USERNAME = 'no credentials username';

/** Bytes: the longest line of stdin that docker-credential-helpers accepts. */
const LONGEST_LINE = 64 * 1024;

/** An error that the protocol prints on stdout, with exit code 1. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Credentials as they cross the wire. */
export interface Credentials {
  readonly ServerURL: string;
  readonly Username: string;
  readonly Secret: string;
}

/** Parses the input of `get` and `erase`, a server URL: joins the lines and trims white space. */
export function parseServerURL(stdin: string): string {
  const serverURL = joinLines(stdin).trim();
  if (serverURL === '') throw new ProtocolError(NO_SERVER_URL);
  return serverURL;
}

/** Parses the input of `store`. Error messages never quote it, since it may contain a secret. */
export function parseCredentials(stdin: string): Credentials {
  const text = joinLines(stdin);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('the credentials to store are not a JSON object');
  }
  // Go's decoder, which docker-credential-helpers uses, accepts keys in any case.
  const byName = new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
  const textOf = (name: string) => {
    const field: unknown = byName.get(name.toLowerCase()) ?? '';
    if (typeof field !== 'string') throw new ProtocolError(`the ${name} to store is not a string`);
    return field;
  };
  const credentials = { ServerURL: textOf('ServerURL'), Username: textOf('Username'), Secret: textOf('Secret') };
  if (credentials.ServerURL === '') throw new ProtocolError(NO_SERVER_URL);
  if (credentials.Username === '') throw new ProtocolError(NO_USERNAME);
  return credentials;
}

function joinLines(stdin: string): string {
  const lines = stdin.split(/\r?\n/);
  if (lines.some((line) => Buffer.byteLength(line) > LONGEST_LINE))
    throw new ProtocolError('a line of the input is too long');
  return lines.join('');
}
