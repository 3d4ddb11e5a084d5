/**
 * Patterns of the secrets that pass through the programs, each with its replacement. Secrets never belong in a message;
 * this is the safety net for external texts, such as a server's response or another program's stderr. A letter may directly
 * precede a secret: in JSON, a newline is `\n`.
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

/** The text with everything that looks like a secret replaced by its kind. */
export function redact(text: string): string {
  return SECRETS.reduce((shown, [shape, instead]) => shown.replace(shape, instead), text);
}

/** Maximum length of a name or path in a message. */
const LONGEST = 400;

/** What never occurs in a name or path, but does in JSON, PEM or URL-encoded text. */
const NO_NAME = /[\p{Cc}{}"`<>]|%7b|&quot;|-----|(?:key|key_id|secret|token)'?\s*[:=]/iu;

/** The start of base64-encoded JSON, PEM or gzip, with or without quotes. */
const ENCODED = /^[\s']*(?:eyJ|ew[ok0]|LS0tLS1C|H4sI)/;

/**
 * Whether a value from the command line or the environment may be a credential, passed where a name or path belongs. No
 * part of such a value may be printed.
 */
export function mayBeCredential(value: string): boolean {
  if (value.length > LONGEST || NO_NAME.test(value) || ENCODED.test(value) || redact(value) !== value) return true;
  return value.split(/[^A-Za-z0-9+=]+/).some((run) => run.length > 64 || (run.length >= 24 && isRandom(run)));
}

/** A value in quotes for a message, or a placeholder when it may be a credential. */
export function quoted(value: string): string {
  return mayBeCredential(value)
    ? `a value of ${value.length} characters (not shown: it may be a credential)`
    : `"${value}"`;
}

/** The redacted text, also without those of these values that may be credentials. */
export function redactValues(text: string, values: readonly string[]): string {
  const hidden = values.filter(mayBeCredential).map((value) => value.trim());
  return redact(hidden.reduce((shown, value) => shown.replaceAll(value, '[hidden]'), text));
}

function isRandom(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}
