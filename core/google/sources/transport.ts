import type { Fetch } from '../../system/proxy-fetch.ts';
import { withTimeLimit } from './time-limit.ts';

/** What a source that speaks to Google needs. */
export interface SourceOptions {
  /** OAuth scopes of the token. */
  readonly scopes: readonly string[];
  /** How Google is reached; a test leads it to stand-ins. */
  readonly fetch?: Fetch;
}

/** Settings that make Google's library go through our fetch, with an end in time. */
export function transporterOptions(fetch: Fetch, signal: AbortSignal | undefined) {
  return {
    fetchImplementation: fetch,
    signal: withTimeLimit(signal),
    // The library's own retries have neither jitter nor an end in time; who asks decides when to ask again.
    retryConfig: { shouldRetry: () => false },
  };
}
