import { JWT } from 'google-auth-library';
import { proxyFetch } from '../../system/proxy-fetch.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';
import type { ServiceAccountKey } from './service-account-key.ts';
import { exchangeFailure } from './token-exchange.ts';
import { clientOptions, type SourceOptions } from './transport.ts';

/** Mints access tokens from a service account key, each valid for an hour. */
export function keyfileSource(
  key: ServiceAccountKey,
  { scopes, user, fetch = proxyFetch(user.env) }: SourceOptions,
): CredentialSource<AccessToken> {
  const description = `service account ${key.client_email}`; // names the credential, never quotes it
  return {
    description,
    scoped: true,
    async getAccessToken({ signal } = {}): Promise<AccessToken> {
      const client = new JWT({
        email: key.client_email,
        key: key.private_key,
        scopes: [...scopes],
        ...(key.private_key_id === undefined ? {} : { keyId: key.private_key_id }),
        ...clientOptions(fetch, signal),
      });
      try {
        const { access_token, expiry_date } = await client.authorize();
        return accessToken(access_token, expiry_date, 'Google');
      } catch (error) {
        throw exchangeFailure(error, { description });
      }
    },
  };
}
