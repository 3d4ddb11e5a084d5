import { KindGcrError } from '../../errors.ts';
import { proxyFetch } from '../../system/proxy-fetch.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';
import { askJson, HttpFailure } from './ask-json.ts';
import { withTimeLimit } from './time-limit.ts';
import { exchangeFailure, refusalText } from './token-exchange.ts';
import type { SourceOptions } from './transport.ts';

/** Seconds: the longest that Google allows without a change of the organisation's policy. */
const LIFETIME = 3600;

/** Whose tokens, and over whom. */
export interface Impersonation {
  /** Address of the service account that the tokens are for. */
  readonly account: string;
  /** Service accounts on the way there, in their order. */
  readonly delegates: readonly string[];
  /** Where leave comes from: a source of tokens that are good for all of Google Cloud. */
  readonly over: CredentialSource;
}

/**
 * Tokens of a service account by leave of another credential. Asked by ourselves, since the library's class warns on
 * stderr whenever it is made, and wants a client of its own kind where gcloud is the source.
 */
export function impersonatedSource(
  { account, delegates, over }: Impersonation,
  { scopes, person, fetch = proxyFetch(person.env) }: SourceOptions,
): CredentialSource {
  const description = `service account ${account} (impersonated using ${over.description})`;
  return {
    description,
    scoped: true,
    async getAccessToken({ signal } = {}): Promise<AccessToken> {
      const { token, account: asker } = await over.getAccessToken({ signal, minLife: 60 });
      try {
        const { accessToken: minted, expireTime } = await askJson(fetch, addressOf(account), {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            delegates: delegates.map((delegate) => `projects/-/serviceAccounts/${delegate}`),
            scope: scopes,
            lifetime: `${LIFETIME}s`,
          }),
          signal: withTimeLimit(signal),
        });
        return accessToken(minted, expireTime, "Google's IAM service");
      } catch (error) {
        throw (
          refusal(error, account, over, memberOf(asker)) ??
          exchangeFailure(error, { description, server: "Google's IAM service" })
        );
      }
    },
  };
}

function addressOf(account: string): string {
  return `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
}

/** IAM's own refusals, with the way out that fits; the others are worded like those of any server of Google's. */
function refusal(error: unknown, account: string, over: CredentialSource, member: string): KindGcrError | undefined {
  if (!(error instanceof HttpFailure)) return undefined;
  const { status, data } = error.response;
  const reason = refusalText(data);
  if (reason === '') return undefined;
  if (status === 401 || status === 403) {
    return new KindGcrError('CREDENTIAL_INVALID', `${over.description} may not impersonate ${account}: ${reason}`, {
      hint: `Grant it: gcloud iam service-accounts add-iam-policy-binding ${account} --role=roles/iam.serviceAccountTokenCreator --member=${member}`,
    });
  }
  if (status === 400 || status === 404) {
    return new KindGcrError('CREDENTIAL_INVALID', `Google can't impersonate ${account}: ${reason}`, {
      hint: 'Look at its name, and whether the IAM Service Account Credentials API is on: gcloud iam service-accounts list',
    });
  }
  return undefined;
}

/** An account as IAM names it; a placeholder where its name is not known. */
function memberOf(account: string | undefined): string {
  if (account === undefined) return 'user:YOU';
  return `${account.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${account}`;
}
