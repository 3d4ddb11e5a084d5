import { type ErrorCode, EXIT_CODES, KindGcrError } from '../../errors.ts';
import { readPrivateJson } from './token-cache.ts';
import { writeCached } from './write-cached-token.ts';

/** Where the last failure of a source lies, beside its token. */
export function failureFile(tokenFile: string): string {
  return tokenFile.replace(/token-([^/\\]*)$/, 'failure-$1');
}

/** Tells others who are waiting for the same source what came of it. Rejects with the system's error. */
export async function rememberFailure(path: string, { code, message, hint }: KindGcrError, at: Date): Promise<void> {
  await writeCached(path, { at: at.toISOString(), code, message, hint }, at);
}

/** The failure of an attempt that ended at `since` or later: an older one says nothing of how it would go now. */
export function failureSince(path: string, since: Date): KindGcrError | undefined {
  const { at, code, message, hint } = readPrivateJson(path);
  if (typeof at !== 'string' || !(Date.parse(at) >= since.getTime())) return undefined;
  if (typeof message !== 'string' || typeof hint !== 'string' || !isErrorCode(code)) return undefined;
  return new KindGcrError(code, message, { hint });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(EXIT_CODES, code);
}
