import { KindGcrError } from '../errors.ts';
import { isKeptNumber, keepDigits } from './json-numbers.ts';

/** A JSON object of which only some keys are known; the others are kept as they are. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object, not an array, not null, and not a number whose digits were kept. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isKeptNumber(value);
}

const LOGIN_FIELDS: readonly string[] = ['auth', 'identitytoken', 'registrytoken', 'username', 'password'];

/** Whether an entry of `auths` holds a login, in any of the forms that Docker uses; the docker CLI takes keys in any case. */
export function holdsLogin(entry: unknown): boolean {
  if (!isJsonObject(entry)) return false;
  return Object.entries(entry).some(
    ([key, value]) => LOGIN_FIELDS.includes(key.toLowerCase()) && typeof value === 'string' && value !== '',
  );
}

/** One entry of `auths` from a username and secret. */
export function authEntry(username: string, secret: string): JsonObject {
  return { auth: Buffer.from(`${username}:${secret}`, 'utf8').toString('base64') };
}

/**
 * Parses the text of a docker `config.json`; `path` is for the message only. An empty file counts as `{}`, as it does
 * for the docker CLI. Throws CONFIG_INVALID when it is not a JSON object; the message never quotes the file.
 */
export function parseDockerConfig(text: string, path: string): JsonObject {
  if (text.trim() === '') return {};
  let config: unknown;
  try {
    config = JSON.parse(text, keepDigits);
  } catch {
    config = undefined;
  }
  if (!isJsonObject(config)) {
    throw new KindGcrError('CONFIG_INVALID', `${path} is not a JSON object, so nothing was changed in it`, {
      hint: `Fix it or move it away: python3 -m json.tool ${path}`,
    });
  }
  return config;
}

/**
 * The text of a docker config, laid out as the former text was; without one as the docker CLI does it: tabs, no newline at
 * the end.
 */
export function formatDockerConfig(config: JsonObject, former = ''): string {
  const [, start, lineEnd = '\n', indent = start === undefined ? '\t' : ''] =
    /^\s*(\{)(?:(\r?\n)([ \t]*))?"/.exec(former) ?? [];
  const text = JSON.stringify(config, undefined, indent).replaceAll('\n', lineEnd); // within a string it is escaped
  return text + (/\s*$/.exec(former)?.[0] ?? '');
}
