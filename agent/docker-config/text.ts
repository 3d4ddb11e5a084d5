import { isJsonObject, type JsonObject } from '../../core/registry/docker-config.ts';
import { keepDigits } from '../../core/registry/json-numbers.ts';
import { withoutRefused } from './entries.ts';
import { whyRefusedDecoded } from './kubelet-rules.ts';
import { type Decoded, decodeDockerConfig } from './repeated-keys.ts';

/** A docker config as it came out of a text. */
export interface ParsedText {
  /** All of it. */
  readonly whole: JsonObject;
  /** The part that the kubelet can read: only the entries that it would refuse the file for are left out. */
  readonly usable: JsonObject;
  /** Why the kubelet would not read the text as it is; undefined when it would. */
  readonly refusedFor: string | undefined;
}

/**
 * Parses a docker config's text. No file, an empty one and `null` are `{}`, and so is what is no JSON object, with a
 * reason. Numbers that JavaScript can't hold keep their digits: what is not ours must come out as it went in.
 */
export function parseConfigText(text: string | undefined): ParsedText {
  if (text === undefined || text.trim() === '') return { whole: {}, usable: {}, refusedFor: undefined };
  let decoded: Decoded;
  try {
    decoded = decodeDockerConfig(text, keepDigits);
  } catch {
    return { whole: {}, usable: {}, refusedFor: 'the file is not JSON' }; // the parser's own words quote the text
  }
  const whole = isJsonObject(decoded.value) ? decoded.value : {};
  return { whole, usable: withoutRefused(whole), refusedFor: whyRefusedDecoded(decoded) };
}
