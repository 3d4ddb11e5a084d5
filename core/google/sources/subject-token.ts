import { KindGcrError } from '../../errors.ts';
import { exec } from '../../system/exec.ts';
import type { Fetch } from '../../system/proxy-fetch.ts';
import { readUserFile, whyUnreadable } from '../../system/read-user-file.ts';
import type { Env } from '../../system/user-folders.ts';
import { type CredentialProgram, tokenOfProgram } from './credential-program.ts';
import { refusalText } from './token-exchange.ts';

/** The source of an identity provider's token: the `credential_source` of an external account. */
export interface SubjectTokenSource {
  readonly file?: unknown;
  readonly url?: unknown;
  readonly headers?: unknown;
  readonly executable?: unknown;
  readonly format?: unknown;
}

/** Options for fetching such a token. */
export interface SubjectTokenOptions {
  readonly fetch: Fetch;
  readonly env: Env;
  readonly signal: AbortSignal;
  /** The credentials file's path, for messages. */
  readonly path: string;
  /** The input of a credential program. */
  readonly asked: Omit<CredentialProgram, 'executable'>;
}

/** The token to exchange at Google's STS. Throws a KindGcrError that names the file, server or program at fault. */
export async function subjectToken(source: SubjectTokenSource, options: SubjectTokenOptions): Promise<string> {
  const { path } = options;
  if (typeof source.executable === 'object' && source.executable !== null)
    return await tokenOfProgram({ ...options.asked, executable: source.executable }, { ...options, exec });
  const [text, from] =
    typeof source.file === 'string'
      ? [ofFile(source.file, path), source.file]
      : [await ofUrl(source, options), `${source.url}`];
  const field = fieldOf(source.format);
  const token = field === undefined ? text.trim() : fieldIn(text, field);
  if (typeof token === 'string' && token !== '') return token;
  const missing = field === undefined ? 'is empty' : `has no "${field}"`;
  throw new KindGcrError('CREDENTIAL_INVALID', `${from}, which ${path} takes its token from, ${missing}`, {
    hint: `Check credential_source in ${path}, and the program that writes the token.`,
  });
}

function ofFile(file: string, path: string): string {
  try {
    return readUserFile(file).toString('utf8');
  } catch (error) {
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', `token file ${file}, which ${path} names, ${whyUnreadable(error)}`, {
      hint: `Have your CI or identity provider write it, or correct credential_source.file in ${path}`,
      cause: error,
    });
  }
}

async function ofUrl({ url, headers }: SubjectTokenSource, { fetch, signal, path }: SubjectTokenOptions) {
  const address = URL.parse(typeof url === 'string' ? url : '');
  if (address === null) {
    throw new KindGcrError('CREDENTIAL_INVALID', `${path} does not say where its token comes from`, {
      hint: `Create the file again: credential_source needs a file, url, executable or certificate, or an AWS environment_id`,
    });
  }
  const response = await fetch(address, { headers: (headers ?? {}) as Record<string, string>, signal });
  const text = await response.text();
  if (response.ok) return text;
  const said = refusalText(json(text));
  const code = response.status === 401 || response.status === 403 ? 'CREDENTIAL_INVALID' : 'TOKEN_EXCHANGE_FAILED';
  const message = `the identity provider ${address.host} gave no token (${response.status})${said === '' ? '' : `: ${said}`}`;
  throw new KindGcrError(code, message, {
    hint: `Check credential_source in ${path}: the request token in its headers may have expired.`,
  });
}

function fieldOf(format: unknown): string | undefined {
  const { type, subject_token_field_name: name }: Record<string, unknown> = { ...(format as object | undefined) };
  return type === 'json' && typeof name === 'string' ? name : undefined;
}

function fieldIn(text: string, name: string): unknown {
  const value = json(text);
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
