import type { Fetch } from '../../system/proxy-fetch.ts';
import { notGoogle } from './transport.ts';

/** An answer with an error status, in the shape of the errors of Google's library. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly response: { readonly status: number; readonly data: unknown; readonly headers: Headers };

  constructor(response: HttpFailure['response']) {
    super(`status ${response.status}`);
    this.response = response;
  }
}

/** Requests JSON from a server. Rejects with HttpFailure for an error status, otherwise with fetch's error. */
export async function askJson(fetch: Fetch, url: string, request: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...request, redirect: 'error' });
  const data = parse(await response.text());
  if (!response.ok) throw new HttpFailure({ status: response.status, data, headers: response.headers });
  if (data === undefined) throw notGoogle(new URL(url).host);
  return data;
}

/** Undefined if it is not a JSON object, such as a proxy's HTML page. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
