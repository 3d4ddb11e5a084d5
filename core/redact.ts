/**
 * Shapes of the secrets that pass through the programs, each with what is shown instead. A net below the rule that no
 * secret is ever handed to a message, for texts that come from elsewhere: a server's answer, another program's stderr. A
 * word may stand right before one: in JSON, a line end is the letter n.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/ya29\.[\w.~+/=-]+/g, '[access token]'],
  [/(?:\b|(?<=\\[nrt]))1\/\/[\w-]{20,}/g, '[refresh token]'],
  [/eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[signed token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [hidden]'],
  [
    /("(?:auth|password|secret|access_token|refresh_token|id_token|client_secret|private_key|token)"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi,
    '$1"[hidden]"',
  ],
  [/\b((?:access|refresh|id)_token|client_secret|assertion)=[^\s&]+/gi, '$1=[hidden]'],
];

/** The text with everything that looks like a secret replaced by what kind of secret it was. */
export function redact(text: string): string {
  return SECRETS.reduce((shown, [shape, instead]) => shown.replace(shape, instead), text);
}
