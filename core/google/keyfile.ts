import { JWT } from 'google-auth-library';
import { type Fetch, proxyFetch } from '../system/proxy-fetch.ts';
import { type AccessToken, accessToken, type CredentialSource } from './access-token.ts';
import type { ServiceAccountKey } from './service-account-key.ts';
import { exchangeFailure } from './token-exchange.ts';

/** Milliseconds that one token may take in all, retries left out. */
const TIME_LIMIT = 20_000;

/** What a source that speaks to Google needs. */
export interface SourceOptions {
  /** OAuth scopes of the token. */
  readonly scopes: readonly string[];
  readonly fetch?: Fetch;
}

/** Mints access tokens from a service account key, each good for an hour by Google's rule. */
export function keyfileSource(
  key: ServiceAccountKey,
  { scopes, fetch = proxyFetch() }: SourceOptions,
): CredentialSource {
  const description = `service account ${key.client_email}`; // names the credential, never quotes it
  return {
    description,
    async getAccessToken({ signal } = {}): Promise<AccessToken> {
      const limit = AbortSignal.timeout(TIME_LIMIT);
      const client = new JWT({
        email: key.client_email,
        key: key.private_key,
        scopes: [...scopes],
        ...(key.private_key_id === undefined ? {} : { keyId: key.private_key_id }),
        transporterOptions: {
          fetchImplementation: fetch,
          signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
          // The library's own retries have neither jitter nor an end in time; who asks decides when to ask again.
          retryConfig: { shouldRetry: () => false },
        },
      });
      try {
        const { access_token, expiry_date } = await client.authorize();
        return accessToken(access_token, expiry_date, 'Google');
      } catch (error) {
        throw exchangeFailure(error, description);
      }
    },
  };
}
