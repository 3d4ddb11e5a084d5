import * as fc from 'fast-check';

/** JavaScript orders keys that are numbers before all others. */
const anyKey = fc.string().filter((key) => !/^\d+$/.test(key));

/** Any JSON value as a text, without white space, including numbers that JavaScript can't represent. */
export const { anyJson } = fc.letrec<{ anyJson: string; leaf: string }>((tie) => ({
  anyJson: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), jsonObject(anyKey, tie('anyJson'))),
  leaf: fc.oneof(
    fc.constantFrom('null', 'true', '[]', '{}', '12345678901234567890', '-0', '1.50', '1e400', '""', '[1.0,{}]'),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  ),
}));

/** The text of an object with such values, each key once. */
export function jsonObject(keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return jsonMembers(keys, values).map((members) => `{${members.join(',')}}`);
}

/** The members of such an object: `"key":value`. */
export function jsonMembers(keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc
    .uniqueArray(fc.tuple(keys, values), { maxLength: 4, selector: ([key]) => key })
    .map((members) => members.map(([key, text]) => `${JSON.stringify(key)}:${text}`));
}

/** Texts with one character removed or replaced. */
export function spoilt(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.nat(60), fc.constantFrom('', 'x', '"', '{', '\\', '\0', ',', '\uFEFF'))
    .map(([whole, at, scar]) => `${whole.slice(0, at)}${scar}${whole.slice(at + 1)}`);
}

/** Whether JavaScript can parse it. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
