import { isJsonObject, type JsonObject } from '../../core/registry/docker-config.ts';
import { keepDigits } from '../../core/registry/json-numbers.ts';
import { withoutRefused } from './entries.ts';
import { whyRefusedDecoded } from './kubelet-rules.ts';
import { type Decoded, decodeDockerConfig } from './repeated-keys.ts';

/** A parsed docker config. */
export interface ParsedText {
  /** All of it. */
  readonly whole: JsonObject;
  /** The config without the entries for which the kubelet would refuse the file. */
  readonly usable: JsonObject;
  /** Why the kubelet refuses the text; undefined when it doesn't. */
  readonly refusedFor: string | undefined;
}

/**
 * Parses the text of a docker config. A missing or empty file and `null` are `{}`; so is anything that isn't a JSON object,
 * with a reason. Large numbers keep their digits: foreign data must not change.
 */
export function parseConfigText(text: string | undefined): ParsedText {
  if (text === undefined || text.trim() === '') return { whole: {}, usable: {}, refusedFor: undefined };
  let decoded: Decoded;
  try {
    decoded = decodeDockerConfig(text, keepDigits);
  } catch {
    return { whole: {}, usable: {}, refusedFor: 'the file is not JSON' }; // the parser's message quotes the text
  }
  const whole = isJsonObject(decoded.value) ? decoded.value : {};
  return { whole, usable: withoutRefused(whole), refusedFor: whyRefusedDecoded(decoded) };
}
