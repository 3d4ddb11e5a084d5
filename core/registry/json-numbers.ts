/**
 * A reviver for JSON.parse, after which JSON.stringify writes each number as it stood there, also one that JavaScript can't
 * hold: entries that are not ours must stay as they are.
 */
export function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  // Newer than the declarations of TypeScript's library: the text that JSON.stringify is to write for this number.
  return 'rawJSON' in JSON && typeof JSON.rawJSON === 'function' ? JSON.rawJSON(source) : value;
}

/** Whether a value is such a number as `keepDigits` returns it: an object to `typeof`. */
export function isKeptNumber(value: object): boolean {
  return 'isRawJSON' in JSON && typeof JSON.isRawJSON === 'function' && JSON.isRawJSON(value);
}
