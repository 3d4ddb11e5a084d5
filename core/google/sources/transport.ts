import { KindGcrError } from '../../errors.ts';
import type { Fetch } from '../../system/proxy-fetch.ts';
import type { Person } from '../../system/user-folders.ts';
import { withTimeLimit } from './time-limit.ts';

/** What a source that speaks to Google needs. */
export interface SourceOptions {
  /** OAuth scopes of the token. */
  readonly scopes: readonly string[];
  /** Whose environment names proxies and allows credential programs. */
  readonly person: Person;
  /** How Google is reached; a test leads it to stand-ins. */
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
      // The library's own retries have neither jitter nor an end in time; who asks decides when to ask again.
      retryConfig: { shouldRetry: () => false },
    },
  };
}

/** The library sets fields on whatever a token endpoint answers, so an answer that is no JSON object must not get to it. */
function jsonOnly(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (init?.method !== 'POST' || !response.ok) return response;
    const text = await response.text();
    if (!isJsonObject(text)) throw notGoogle(new URL(input instanceof Request ? input.url : input).host);
    return new Response(text, { status: response.status, headers: response.headers });
  };
}

/** The error for an answer that looks like success and isn't Google's: a captive portal's page, mostly. */
export function notGoogle(host: string): KindGcrError {
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `what answered for ${host} was not Google: no JSON`, {
    hint: 'A login page of the network, or a proxy, seems to answer in its place: open a web page in a browser, log in there, and try again.',
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
