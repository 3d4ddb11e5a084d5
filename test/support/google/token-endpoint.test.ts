import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JWT } from 'google-auth-library';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../files/temp-dir.ts';
import { createCertificateAuthority } from '../network/certificates.ts';
import { startConnectProxy } from '../network/connect-proxy.ts';
import { startTokenEndpoint } from './token-endpoint.ts';

const PULL = 'https://www.googleapis.com/auth/devstorage.read_only';

/** The endpoint where google-auth-library looks for it: at Google's name, through a proxy, with a CA of this run. */
async function google(settings: { tokenLife?: number; now?: () => number } = {}) {
  const ca = await createCertificateAuthority();
  const endpoint = await startTokenEndpoint({ ...settings, tls: await ca.issue(['oauth2.googleapis.com']) });
  const proxy = await startConnectProxy({ 'oauth2.googleapis.com:443': endpoint.port });
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy: proxy.url, noProxy: '', requestTls: { ca: ca.cert } });
  onTestFinished(async () => {
    await dispatcher.destroy();
    await proxy.close();
    await endpoint.close();
  });
  const client = (key: { client_email: string; private_key: string }, scopes = [PULL]) =>
    new JWT({
      email: key.client_email,
      key: key.private_key,
      scopes,
      transporterOptions: {
        // undici's fetch is the same as the global one; only the declared types differ
        fetchImplementation: ((url: string, init: object) =>
          fetch(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch,
        retryConfig: { shouldRetry: () => false },
      },
    });
  return { endpoint, proxy, client };
}

test('google-auth-library gets a token for a key through the proxy, with the lifetime that was set', async () => {
  let now = Date.now();
  const { endpoint, proxy, client } = await google({ tokenLife: 180, now: () => now });
  const { access_token, expiry_date } = await client(
    endpoint.serviceAccountKey({ email: 'ci@proj.iam.gserviceaccount.com' }),
  ).authorize();
  expect(access_token).toMatch(/^ya29\.c\.\S{900,1100}$/);
  expect(Math.abs((expiry_date ?? 0) - now - 180_000)).toBeLessThan(30_000);
  expect(endpoint.issued).toMatchObject([{ number: 1, account: 'ci@proj.iam.gserviceaccount.com', scopes: [PULL] }]);
  expect(proxy.tunnels).toEqual(['oauth2.googleapis.com:443']);
  expect(endpoint.isValid(access_token ?? '')).toBe(true);
  now += 179_999;
  expect(endpoint.isValid(access_token ?? '')).toBe(true);
  now += 1;
  expect(endpoint.isValid(access_token ?? '')).toBe(false);
  expect(endpoint.isValid('ya29.c.never-issued')).toBe(false);
});

test('requests that Google refuses are refused with its error codes', async () => {
  const { endpoint, client } = await google();
  const said = (key: { client_email: string; private_key: string }, scopes?: string[]) =>
    client(key, scopes)
      .authorize()
      .then(
        () => 'a token',
        (error) => error.response.data,
      );
  const key = endpoint.serviceAccountKey();
  const other = endpoint.serviceAccountKey({ email: 'other@proj.iam.gserviceaccount.com' });
  expect(await said({ ...key, private_key: other.private_key })).toEqual({
    error: 'invalid_grant',
    error_description: 'Invalid JWT Signature.',
  });
  expect(await said(key, [])).toMatchObject({ error: 'invalid_scope' });
  const second = endpoint.serviceAccountKey();
  endpoint.revoke(second.private_key_id);
  expect(await said(second)).toMatchObject({ error_description: 'Invalid JWT Signature.' });
  expect(await said(key)).toBe('a token');
  endpoint.revoke(key.client_email);
  expect(await said(key)).toMatchObject({
    error: 'invalid_grant',
    error_description: 'Invalid grant: account not found',
  });
  expect(endpoint).toMatchObject({ requests: 5, tokensIssued: 1 });
});

test('a request from a clock that is hours off is refused because of its time', async () => {
  const { endpoint, client } = await google({ now: () => Date.now() + 3 * 3600_000 });
  await expect(client(endpoint.serviceAccountKey()).authorize()).rejects.toMatchObject({
    response: { data: { error: 'invalid_grant', error_description: expect.stringContaining('reasonable timeframe') } },
  });
});

test('it fails as configured, as many times as configured', async () => {
  const { endpoint, client } = await google();
  const key = endpoint.serviceAccountKey();
  endpoint.fail({ status: 429, retryAfter: 7, times: 2 });
  for (const _ of [1, 2]) {
    const error = await client(key)
      .authorize()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 429 });
  }
  endpoint.fail({ omit: 'expires_in' });
  // the library treats a missing lifetime as zero: the token is expired on arrival
  expect((await client(key).authorize()).expiry_date).toBeLessThanOrEqual(Date.now());
  endpoint.fail({ reset: true, times: 'all' });
  await expect(client(key).authorize()).rejects.toThrow();
  endpoint.recover();
  expect((await client(key).authorize()).expiry_date).toBeGreaterThan(Date.now());
  endpoint.revokeTokens();
  expect(endpoint.isValid(endpoint.latest ?? '')).toBe(false);
});

test("a user's login is refreshed until it is revoked", async () => {
  const endpoint = await startTokenEndpoint();
  onTestFinished(() => endpoint.close());
  const { client_id, client_secret, refresh_token } = endpoint.authorizedUser({ account: 'me@example.com' });
  const refresh = (token: string) =>
    fetch(endpoint.url, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id, client_secret, refresh_token: token }),
    });
  expect(await (await refresh(refresh_token)).json()).toMatchObject({ expires_in: 3599, token_type: 'Bearer' });
  expect(endpoint.issued).toMatchObject([{ account: 'me@example.com' }]);
  expect((await refresh(randomUUID())).status).toBe(400);
  endpoint.revoke('me@example.com');
  expect(await (await refresh(refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
});

test('a key file is readable only by its owner and identifies its account', async () => {
  const endpoint = await startTokenEndpoint();
  onTestFinished(() => endpoint.close());
  const path = join(await tempDir(), 'key.json');
  await endpoint.writeServiceAccountKey(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const key = endpoint.serviceAccountKey();
  expect(endpoint.accountOfKeyFile(JSON.stringify(key))).toBe(key.client_email);
  expect(endpoint.accountOfKeyFile(JSON.stringify({ ...key, private_key_id: '0' }))).toBeUndefined();
  expect(endpoint.accountOfKeyFile('not a key')).toBeUndefined();
});
