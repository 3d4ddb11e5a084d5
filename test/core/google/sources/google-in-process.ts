import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import type { User } from '../../../../core/system/user-folders.ts';
import { googleApis } from '../../../support/google/google-apis.ts';
import { startTokenEndpoint } from '../../../support/google/token-endpoint.ts';
import { listen } from '../../../support/network/listen.ts';

/** Google for a source inside the test's own process: a fetch that leads every name of Google's to stand-ins. */
export async function startGoogleInProcess() {
  const endpoint = await startTokenEndpoint();
  onTestFinished(() => endpoint.close());
  const apis = googleApis(endpoint);
  const server = await listen(createServer(apis.handle));
  onTestFinished(() => server.close());
  const origins: Readonly<Record<string, string>> = {
    'oauth2.googleapis.com': new URL(endpoint.url).origin,
    'sts.googleapis.com': `http://127.0.0.1:${server.port}`,
    'iamcredentials.googleapis.com': `http://127.0.0.1:${server.port}`,
    [`127.0.0.1:${server.port}`]: `http://127.0.0.1:${server.port}`,
  };
  const fetchThere: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const origin = origins[url.host];
    if (origin === undefined) throw new TypeError('fetch failed', { cause: new Error(`no such host: ${url.host}`) });
    return await fetch(new URL(url.pathname + url.search, origin), init);
  };
  return { endpoint, apis, fetch: fetchThere, metadataHost: `127.0.0.1:${server.port}` };
}

/** A user without any variable set. */
export const PLAIN_USER: User = { env: {}, platform: 'linux' };

/** The scopes that these tests ask for. */
export const SCOPES = ['https://www.googleapis.com/auth/devstorage.read_only'];
