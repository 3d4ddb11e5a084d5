import { KindGcrError } from '../../errors.ts';
import { directFetch } from '../../system/proxy-fetch.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';
import { askJson, HttpFailure } from './ask-json.ts';
import { withTimeLimit } from './time-limit.ts';
import { exchangeFailure } from './token-exchange.ts';
import type { SourceOptions } from './transport.ts';

/**
 * Tokens of this Google Cloud machine's service account. Not by Google's library, which sends this request to the proxy
 * in `HTTPS_PROXY`, where it fails.
 */
export function metadataServerSource(
  host: string,
  { scopes, fetch = directFetch() }: Pick<SourceOptions, 'scopes' | 'fetch'>,
): CredentialSource {
  const description = "this machine's service account";
  return {
    description,
    async getAccessToken({ signal } = {}): Promise<AccessToken> {
      const path = '/computeMetadata/v1/instance/service-accounts/default/token';
      try {
        const { access_token, expires_in } = await askJson(fetch, `http://${host}${path}?scopes=${scopes.join(',')}`, {
          headers: { 'metadata-flavor': 'Google' },
          signal: withTimeLimit(signal, 10_000),
        });
        const expiry = typeof expires_in === 'number' ? Date.now() + expires_in * 1000 : undefined;
        return accessToken(access_token, expiry, 'the metadata server');
      } catch (error) {
        if (error instanceof HttpFailure && error.response.status === 404) {
          throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'this machine has no service account', {
            hint: 'Give the machine one, or log in: gcloud auth application-default login',
          });
        }
        const failure = exchangeFailure(error, { description, server: 'the metadata server' });
        if (failure.code !== 'TOKEN_EXCHANGE_FAILED' || error instanceof HttpFailure || error instanceof KindGcrError)
          throw failure;
        // No server: most likely a machine outside Google Cloud.
        throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'there are no application default credentials', {
          hint: 'Log in: gcloud auth application-default login; or name a file: GOOGLE_APPLICATION_CREDENTIALS=PATH',
          cause: failure.cause,
        });
      }
    },
  };
}
