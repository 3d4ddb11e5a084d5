/** Milliseconds that one question to Google may take in all. */
const TIME_LIMIT = 20_000;

/** A signal that fires when the caller's does, or when the time for one question is over. */
export function withTimeLimit(signal: AbortSignal | undefined, milliseconds = TIME_LIMIT): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}
