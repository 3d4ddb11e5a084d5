/** Milliseconds for one request to Google. */
const TIME_LIMIT = 20_000;

/** A signal that aborts with the caller's, or when the time for one request is over. */
export function withTimeLimit(signal: AbortSignal | undefined, milliseconds = TIME_LIMIT): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}
