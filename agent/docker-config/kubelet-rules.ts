import { isJsonObject } from '../../core/registry/docker-config.ts';
import { sameName } from '../../core/registry/field-name.ts';
import { type Decoded, decodeDockerConfig } from './repeated-keys.ts';

/**
 * Why the kubelet's parser refuses a `config.json`. It uses Go's `encoding/json` with a struct: with one value of a wrong
 * type anywhere, in the entry of any registry, the whole file counts as missing, and the kubelet logs nothing.
 */
export interface Refusal {
  /** Where: keys from the top of the file; empty for the file as a whole. */
  readonly path: readonly string[];
  /** Why: the rest of a sentence that begins with the path. Never quotes a value. */
  readonly reason: string;
}

/** Everything in a decoded docker config without repeated keys for which the kubelet would refuse the file. */
export function refusals(config: unknown): Refusal[] {
  if (config === null) return []; // Go reads null as "nothing set"
  if (!isJsonObject(config)) return [{ path: [], reason: 'is not a JSON object' }];
  return Object.entries(config).flatMap(([name, value]) => {
    if (sameName(name, 'auths')) return refusalsInMap(name, value, refusalsInEntry);
    if (sameName(name, 'HttpHeaders')) return refusalsInMap(name, value, refusalsInHeader);
    return [];
  });
}

/** Why the kubelet would refuse this text as `config.json`; undefined when it would accept it. */
export function whyRefused(text: string): string | undefined {
  try {
    return whyRefusedDecoded(decodeDockerConfig(text));
  } catch {
    return 'the file is not JSON'; // never the parser's message: it quotes the text
  }
}

/** Why the kubelet would refuse a docker config; undefined when it would accept it. */
export function whyRefusedDecoded({ value, dropped }: Decoded): string | undefined {
  const [first] = [value, ...dropped].flatMap(refusals);
  return first === undefined ? undefined : describeRefusal(first);
}

/** A refusal as a sentence without a full stop. */
function describeRefusal({ path, reason }: Refusal): string {
  return path.length === 0 ? `the file ${reason}` : `${path.join(' → ')} ${reason}`;
}

type Check = (path: readonly string[], value: unknown) => Refusal[];

function refusalsInMap(name: string, map: unknown, check: Check): Refusal[] {
  if (map === null) return [];
  if (!isJsonObject(map)) return [{ path: [name], reason: 'is not a JSON object' }];
  return Object.entries(map).flatMap(([key, value]) => check([name, key], value));
}

function refusalsInHeader(path: readonly string[], value: unknown): Refusal[] {
  return value === null || typeof value === 'string' ? [] : [{ path, reason: 'is not a string' }];
}

const ENTRY_FIELDS = ['username', 'password', 'email', 'auth'];

function refusalsInEntry(path: readonly string[], entry: unknown): Refusal[] {
  if (entry === null) return [];
  if (!isJsonObject(entry)) return [{ path, reason: 'is not a JSON object' }];
  const wrong = Object.entries(entry).find(
    ([name, value]) =>
      value !== null && typeof value !== 'string' && ENTRY_FIELDS.some((field) => sameName(name, field)),
  );
  if (wrong !== undefined) return [{ path, reason: `has a value that is not a string as ${wrong[0].toLowerCase()}` }];
  const [, auth] = Object.entries(entry).find(([name]) => sameName(name, 'auth')) ?? [];
  const reason = typeof auth === 'string' && auth !== '' ? whyUndecodable(auth) : undefined;
  return reason === undefined ? [] : [{ path, reason }];
}

/** Standard base64, padded or not, of a text with a colon. Node's decoder is more lenient than Go's. */
function whyUndecodable(auth: string): string | undefined {
  const digits = auth.replaceAll(/[\r\n]/g, ''); // Go skips line breaks, and nothing else
  const wellFormed = auth.trimEnd().endsWith('=')
    ? /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/.test(digits)
    : /^[A-Za-z0-9+/]*$/.test(digits) && digits.length % 4 !== 1;
  if (!wellFormed) return 'has an auth that is not standard base64';
  return Buffer.from(digits, 'base64').includes(':') ? undefined : 'has an auth without a colon';
}
