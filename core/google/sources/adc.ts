import {
  type AuthClient,
  AwsClient,
  type AwsClientOptions,
  ExternalAccountAuthorizedUserClient,
  IdentityPoolClient,
  type IdentityPoolClientOptions,
  UserRefreshClient,
} from 'google-auth-library';
import { proxyFetch } from '../../system/proxy-fetch.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';
import { PUSH_SCOPES } from '../scopes.ts';
import { type AdcCredentials, IMPERSONATION_URL, readAdcFile } from './adc-credentials.ts';
import { CertificateClient } from './certificate-client.ts';
import { impersonatedSource } from './impersonation.ts';
import { keyfileSource } from './keyfile.ts';
import { parseServiceAccountKey } from './service-account-key.ts';
import { subjectToken } from './subject-token.ts';
import { exchangeFailure } from './token-exchange.ts';
import { clientOptions, type SourceOptions } from './transport.ts';

/**
 * Opens an application default credentials file of any type that gcloud and Google's consoles write. Throws
 * CREDENTIAL_NOT_FOUND if it can't be read, CREDENTIAL_INVALID if it is not such a file.
 */
export async function adcSource(path: string, options: SourceOptions): Promise<CredentialSource> {
  return sourceOf(await readAdcFile(path), path, options);
}

function sourceOf(credentials: AdcCredentials, path: string, options: SourceOptions): CredentialSource {
  switch (credentials.type) {
    case 'service_account':
      return keyfileSource(parseServiceAccountKey(JSON.stringify(credentials), path), options);
    case 'impersonated_service_account': {
      // Impersonation needs a token with the cloud-platform scope.
      const over = sourceOf(credentials.source_credentials, path, { ...options, scopes: PUSH_SCOPES });
      return impersonatedSource({ account: credentials.account, delegates: credentials.delegates, over }, options);
    }
    default:
      return clientSource(credentials, path, options);
  }
}

type ClientCredentials = Exclude<AdcCredentials, { type: 'service_account' | 'impersonated_service_account' }>;

/** A source that uses a client of Google's library; each token gets a new client, since it contains the signal. */
function clientSource(credentials: ClientCredentials, path: string, options: SourceOptions): CredentialSource {
  const description = describe(credentials, path);
  return {
    description,
    scoped: credentials.type === 'external_account',
    async getAccessToken({ signal } = {}): Promise<AccessToken> {
      try {
        const client = clientOf(credentials, path, options, signal);
        const { token } = await client.getAccessToken();
        return accessToken(token, expiryOf(client), 'Google');
      } catch (error) {
        throw exchangeFailure(error, { description, renewal: RENEWAL[credentials.type] });
      }
    },
  };
}

const RENEWAL = {
  authorized_user: 'Log in again: gcloud auth application-default login',
  external_account_authorized_user: 'Log in again: gcloud auth application-default login --login-config=PATH',
  external_account: 'Check the workload identity pool, its provider and their conditions, and who may use them.',
};

function clientOf(
  credentials: ClientCredentials,
  path: string,
  { scopes, user, fetch = proxyFetch(user.env) }: SourceOptions,
  signal: AbortSignal | undefined,
): AuthClient {
  const transport = clientOptions(fetch, signal);
  switch (credentials.type) {
    case 'authorized_user':
      return new UserRefreshClient({
        clientId: credentials.client_id,
        clientSecret: credentials.client_secret,
        refreshToken: credentials.refresh_token,
        ...transport,
      });
    case 'external_account_authorized_user':
      return new ExternalAccountAuthorizedUserClient({ ...credentials, token_info_url: '', ...transport });
    case 'external_account': {
      // The library checks the other fields and names what is missing.
      const { credential_source: source, ...others } = { ...credentials, scopes: [...scopes], ...transport };
      if ('certificate' in source) {
        return new CertificateClient(
          { ...others, credential_source: source } as unknown as IdentityPoolClientOptions,
          (certificate) => clientOptions(proxyFetch(user.env, { client: certificate }), signal).transporterOptions,
        );
      }
      if ('environment_id' in source)
        return throughOurTransport(
          new AwsClient({ ...others, credential_source: source } as unknown as AwsClientOptions),
        );
      const asked = {
        audience: credentials.audience,
        tokenType: credentials.subject_token_type,
        impersonated: IMPERSONATION_URL.exec(`${credentials.service_account_impersonation_url}`)?.[1],
      };
      const context = { fetch, env: user.env, signal: transport.transporterOptions.signal, path, asked };
      const supplier = { getSubjectToken: () => subjectToken(source, context) };
      return throughOurTransport(
        new IdentityPoolClient({ ...others, subject_token_supplier: supplier } as unknown as IdentityPoolClientOptions),
      );
    }
  }
}

/** The part of the library that exchanges tokens accepts no transport and has no time limit. */
function throughOurTransport<C extends AuthClient>(client: C): C {
  const exchange: unknown = Reflect.get(client, 'stsCredential');
  if (typeof exchange === 'object' && exchange !== null) Reflect.set(exchange, 'transporter', client.transporter);
  return client;
}

/** Milliseconds since 1970, from wherever the client stores it. */
function expiryOf(client: AuthClient): unknown {
  const cached: unknown = Reflect.get(client, 'cachedAccessToken');
  return typeof cached === 'object' && cached !== null
    ? Reflect.get(cached, 'expiry_date')
    : client.credentials.expiry_date;
}

function describe(credentials: ClientCredentials, path: string): string {
  if (credentials.type === 'authorized_user' && credentials.account) return `${credentials.account} (${path})`;
  return `the application default credentials in ${path}`;
}
