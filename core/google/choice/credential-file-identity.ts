import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readUserFile } from '../../system/read-user-file.ts';
import type { Env, User } from '../../system/user-folders.ts';

/** An identity that can't be known from files and variables. */
export const UNCACHED = '(not to be cached)';

/**
 * What decides whose tokens a file of application default credentials returns: the file and, for a workload identity,
 * the source of its subject token.
 */
export function credentialFileParts(path: string, { env }: User): readonly unknown[] {
  let content: unknown;
  try {
    content = JSON.parse(readUserFile(path).toString('utf8'));
  } catch {
    return [path, UNCACHED]; // opening the source reports what is wrong with it
  }
  return [path, versionOf(path), subjectParts(content, env)];
}

function subjectParts(credentials: unknown, env: Env): unknown {
  const type = at(credentials, 'type');
  if (type === 'impersonated_service_account') return subjectParts(at(credentials, 'source_credentials'), env);
  if (type !== 'external_account') return type;
  const source = at(credentials, 'credential_source');
  const file = at(source, 'file');
  // CI writes the next job's token into the same file, possibly within one clock tick: compare the content.
  if (typeof file === 'string') return [versionOf(file), contentOf(file)];
  const isAws = typeof at(source, 'environment_id') === 'string';
  if (isAws && env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY) return variables(env, /^AWS_/);
  // A program, a server or a certificate decides the identity, which may differ each time.
  return UNCACHED;
}

/** The variables of that name, in a stable order. */
export function variables(env: Env, name: RegExp): readonly unknown[] {
  return Object.entries(env)
    .filter(([key]) => name.test(key))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The version of a file: differs after any change to it or replacement of it. */
export function versionOf(path: string): readonly unknown[] | undefined {
  try {
    const { dev, ino, size, ctimeNs } = statSync(resolve(path), { bigint: true });
    return [dev, ino, size, ctimeNs].map(String);
  } catch {
    return undefined; // opening the source reports what is wrong with it
  }
}

/** A file's content; uncached where it can't be read. */
function contentOf(path: string): string {
  try {
    return readUserFile(path).toString('utf8');
  } catch {
    return UNCACHED;
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
