import {
  type AuthClient,
  AwsClient,
  type AwsClientOptions,
  ExternalAccountAuthorizedUserClient,
  IdentityPoolClient,
  type IdentityPoolClientOptions,
  PluggableAuthClient,
  type PluggableAuthClientOptions,
  UserRefreshClient,
} from 'google-auth-library';
import { KindGcrError } from '../../errors.ts';
import { proxyFetch } from '../../system/proxy-fetch.ts';
import { readUserFile, whyUnreadable } from '../../system/read-user-file.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';
import { PUSH_SCOPES } from '../scopes.ts';
import { type AdcCredentials, parseAdcFile } from './adc-credentials.ts';
import { impersonatedSource } from './impersonation.ts';
import { keyfileSource } from './keyfile.ts';
import { parseServiceAccountKey } from './service-account-key.ts';
import { exchangeFailure } from './token-exchange.ts';
import { type SourceOptions, transporterOptions } from './transport.ts';

/**
 * Opens a file of application default credentials, of every type that gcloud and Google's consoles write. Throws
 * CREDENTIAL_NOT_FOUND when it can't be read, CREDENTIAL_INVALID when it is no such file.
 */
export async function adcSource(path: string, options: SourceOptions): Promise<CredentialSource> {
  let text: string;
  try {
    text = readUserFile(path).toString('utf8');
  } catch (error) {
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', `credentials file ${path} ${whyUnreadable(error)}`, {
      hint: 'Log in: gcloud auth application-default login; or name another file: GOOGLE_APPLICATION_CREDENTIALS=PATH',
      cause: error,
    });
  }
  return sourceOf(parseAdcFile(text, path), path, options);
}

function sourceOf(credentials: AdcCredentials, path: string, options: SourceOptions): CredentialSource {
  switch (credentials.type) {
    case 'service_account':
      return keyfileSource(parseServiceAccountKey(JSON.stringify(credentials), path), options);
    case 'impersonated_service_account': {
      // Asking on behalf of others takes a token that is good for all of Google Cloud.
      const over = sourceOf(credentials.source_credentials, path, { ...options, scopes: PUSH_SCOPES });
      return impersonatedSource({ account: credentials.account, delegates: credentials.delegates, over }, options);
    }
    default:
      return clientSource(credentials, path, options);
  }
}

type ClientCredentials = Exclude<AdcCredentials, { type: 'service_account' | 'impersonated_service_account' }>;

/** A source over a client of Google's library, which is made anew for each token, since a signal is part of it. */
function clientSource(
  credentials: ClientCredentials,
  path: string,
  { scopes, fetch = proxyFetch() }: SourceOptions,
): CredentialSource {
  const description = describe(credentials, path);
  return {
    description,
    scoped: credentials.type === 'external_account',
    async getAccessToken({ signal } = {}): Promise<AccessToken> {
      try {
        const client = clientOf(credentials, scopes, transporterOptions(fetch, signal));
        const { token } = await client.getAccessToken();
        return accessToken(token, client.credentials.expiry_date, 'Google');
      } catch (error) {
        throw exchangeFailure(error, description);
      }
    },
  };
}

function clientOf(
  credentials: ClientCredentials,
  scopes: readonly string[],
  transport: ReturnType<typeof transporterOptions>,
): AuthClient {
  switch (credentials.type) {
    case 'authorized_user':
      return new UserRefreshClient({
        clientId: credentials.client_id,
        clientSecret: credentials.client_secret,
        refreshToken: credentials.refresh_token,
        transporterOptions: transport,
      });
    case 'external_account_authorized_user':
      return new ExternalAccountAuthorizedUserClient({
        ...credentials,
        token_info_url: '',
        transporterOptions: transport,
      });
    case 'external_account': {
      // Its shape in full is the library's business, which names what it misses.
      const options = { ...credentials, scopes: [...scopes], transporterOptions: transport } as unknown;
      const source = credentials.credential_source;
      const client =
        'environment_id' in source
          ? new AwsClient(options as AwsClientOptions)
          : 'executable' in source
            ? new PluggableAuthClient(options as PluggableAuthClientOptions)
            : new IdentityPoolClient(options as IdentityPoolClientOptions);
      throughOurTransport(client);
      return client;
    }
  }
}

/** The part of the library that trades tokens takes no transport from outside, and has no time limit of its own. */
function throughOurTransport(client: AuthClient): void {
  const exchange: unknown = Reflect.get(client, 'stsCredential');
  if (typeof exchange === 'object' && exchange !== null) Reflect.set(exchange, 'transporter', client.transporter);
}

function describe(credentials: ClientCredentials, path: string): string {
  if (credentials.type === 'authorized_user' && credentials.account) return `${credentials.account} (${path})`;
  return `the application default credentials in ${path}`;
}
