import type { Fetch } from '../../system/proxy-fetch.ts';
import { notGoogle } from './transport.ts';

/** An answer that is an error by its status; the shape is that of the errors of Google's library. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly response: { readonly status: number; readonly data: unknown; readonly headers: Headers };

  constructor(response: HttpFailure['response']) {
    super(`status ${response.status}`);
    this.response = response;
  }
}

/** Asks a server for JSON. Rejects with HttpFailure for a status that is no success, with fetch's error otherwise. */
export async function askJson(fetch: Fetch, url: string, request: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...request, redirect: 'error' });
  const data = parse(await response.text());
  if (!response.ok) throw new HttpFailure({ status: response.status, data, headers: response.headers });
  if (data === undefined) throw notGoogle(new URL(url).host);
  return data;
}

/** Undefined for what is no JSON object: a page of a proxy, mostly. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
