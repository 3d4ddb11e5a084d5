import { KindGcrError } from '../../errors.ts';
import type { Fetch } from '../../system/proxy-fetch.ts';
import type { User } from '../../system/user-folders.ts';
import { withTimeLimit } from './time-limit.ts';

/** Options of a source that sends requests to Google. */
export interface SourceOptions {
  /** OAuth scopes of the token. */
  readonly scopes: readonly string[];
  /** The user, whose environment names proxies and allows credential programs. */
  readonly user: User;
  /** Sends the requests; tests redirect it to fakes. */
  readonly fetch?: Fetch;
}

/** Settings that make Google's library go through our fetch, with a time limit and without its own log, which prints tokens. */
export function clientOptions(fetch: Fetch, signal: AbortSignal | undefined) {
  return {
    useAuthRequestParameters: false, // the library's log (GOOGLE_SDK_NODE_LOGGING) comes with them
    transporterOptions: {
      fetchImplementation: jsonOnly(fetch),
      signal: withTimeLimit(signal),
      noProxy: [/^/], // our fetch knows the proxy; the library's own reading fails on HOST:PORT
      // The library's own retries have neither jitter nor a time limit; the caller retries.
      retryConfig: { shouldRetry: () => false },
    },
  };
}

/** The library sets fields on a token endpoint's answer, so it must only get JSON objects. */
function jsonOnly(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (init?.method !== 'POST' || !response.ok) return response;
    const text = await response.text();
    if (!isJsonObject(text)) throw notGoogle(new URL(input instanceof Request ? input.url : input).host);
    return new Response(text, { status: response.status, headers: response.headers });
  };
}

/** The error for a successful answer that is not from Google: usually a captive portal's page. */
export function notGoogle(host: string): KindGcrError {
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `the answer for ${host} is not from Google: it is not JSON`, {
    hint: 'A proxy or the login page of the network seems to answer instead: open a web page in a browser, log in there, and try again.',
  });
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
