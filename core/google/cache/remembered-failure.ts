import { type ErrorCode, EXIT_CODES, KindGcrError } from '../../errors.ts';
import { readPrivateJson } from './token-cache.ts';
import { writeCached } from './write-cached-token.ts';

/** The file with the last failure of a source, next to its token. */
export function failureFile(tokenFile: string): string {
  return tokenFile.replace(/token-([^/\\]*)$/, 'failure-$1');
}

/** Records a failure for processes that wait for the same source. Rejects with the system's error. */
export async function rememberFailure(path: string, { code, message, hint }: KindGcrError, at: Date): Promise<void> {
  await writeCached(path, { at: at.toISOString(), code, message, hint }, at);
}

/** The failure of an attempt that finished at `since` or later; an older one may no longer apply. */
export function failureSince(path: string, since: Date): KindGcrError | undefined {
  const { at, code, message, hint } = readPrivateJson(path);
  if (typeof at !== 'string' || !(Date.parse(at) >= since.getTime())) return undefined;
  if (typeof message !== 'string' || typeof hint !== 'string' || !isErrorCode(code)) return undefined;
  return new KindGcrError(code, message, { hint });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(EXIT_CODES, code);
}
