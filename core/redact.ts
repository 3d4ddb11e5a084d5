/**
 * Shapes of the secrets that pass through the programs, each with what is shown instead. A net below the rule that no
 * secret is ever handed to a message, for texts that come from elsewhere: a server's answer, another program's stderr. A
 * word may stand right before one: in JSON, a line end is the letter n.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/ya29\.[\w.~+/=-]+/g, '[access token]'],
  [/(?:\b|(?<=\\[nrt]))1\/\/[\w-]{20,}/g, '[refresh token]'],
  [/GOCSPX-[\w-]{8,}/g, '[client secret]'],
  [/eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[signed token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [hidden]'],
  [
    /(\\*"(?:auth|password|secret|access_token|refresh_token|id_token|client_secret|private_key|private_key_id|token)\\*"\s*:\s*)\\*"(?:[^"\\]|\\.)*"?/gi,
    '$1"[hidden]"',
  ],
  // Base64 of anything long, whole or cut off: it begins as that of JSON or PEM does, or looks random.
  [/(?:eyJ|ew[ok0]|LS0tLS1C)[\w+/=-]{20,}/g, '[hidden]'],
  [/(?<![\w+=-])(?=[\w+=-]*[A-Z])(?=[\w+=-]*[a-z])(?=[\w+=-]*\d)[A-Za-z0-9+=]{60,}/g, '[hidden]'],
  [/\b((?:access|refresh|id)_token|client_secret|assertion)=[^\s&]+/gi, '$1=[hidden]'],
];

/** The text with everything that looks like a secret replaced by what kind of secret it was. */
export function redact(text: string): string {
  return SECRETS.reduce((shown, [shape, instead]) => shown.replace(shape, instead), text);
}

/** The most characters of a name or a path that is shown. */
const LONGEST = 400;

/** What stands in no name or path, but in JSON, PEM, a URL-encoded text, or a line of either. */
const NO_NAME = /[\p{Cc}{}"`<>]|%7b|&quot;|-----|(?:key|key_id|secret|token)'?\s*[:=]/iu;

/** How base64 of JSON, PEM or gzip begins, in quotes or without. */
const ENCODED = /^[\s']*(?:eyJ|ew[ok0]|LS0tLS1C|H4sI)/;

/**
 * Whether a value from the command line or the environment may be the text of a credential, put where a name or a path
 * belongs. No part of such a value is to be shown.
 */
export function mayBeCredential(value: string): boolean {
  if (value.length > LONGEST || NO_NAME.test(value) || ENCODED.test(value) || redact(value) !== value) return true;
  return value.split(/[^A-Za-z0-9+=]+/).some((run) => run.length > 64 || (run.length >= 24 && isRandom(run)));
}

/** A value in quotes for a message, or what stands in its place when it may be a credential. */
export function quoted(value: string): string {
  return mayBeCredential(value)
    ? `a value of ${value.length} characters (not shown: it may be a credential)`
    : `"${value}"`;
}

/** A redacted text in which no one of these values stands that may be a credential. */
export function redactValues(text: string, values: readonly string[]): string {
  const hidden = values.filter(mayBeCredential).map((value) => value.trim());
  return redact(hidden.reduce((shown, value) => shown.replaceAll(value, '[hidden]'), text));
}

function isRandom(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}
