import { KindGcrError } from '../../errors.ts';
import { proxyFetch } from '../../system/proxy-fetch.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';
import { askJson, HttpFailure } from './ask-json.ts';
import { withTimeLimit } from './time-limit.ts';
import { exchangeFailure, refusalText } from './token-exchange.ts';
import type { SourceOptions } from './transport.ts';

/** Seconds: the maximum that Google allows unless the organization's policy extends it. */
const LIFETIME = 3600;

/** The account to impersonate, and how. */
export interface Impersonation {
  /** Address of the service account that the tokens are for. */
  readonly account: string;
  /** The chain of service accounts that leads to it, in order. */
  readonly delegates: readonly string[];
  /** The source that impersonates; its tokens need the cloud-platform scope. */
  readonly over: CredentialSource;
}

/**
 * Tokens of a service account, impersonated using another credential. Not by the library's class, which warns on stderr
 * and does not accept gcloud as the source.
 */
export function impersonatedSource(
  { account, delegates, over }: Impersonation,
  { scopes, user, fetch = proxyFetch(user.env) }: SourceOptions,
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

/** The error for a refusal by IAM, with a fitting hint; undefined for any other failure. */
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
      hint: 'Check its name (gcloud iam service-accounts list), and that the IAM Service Account Credentials API is enabled.',
    });
  }
  return undefined;
}

/** An account as IAM names it, or a placeholder if it is unknown. */
function memberOf(account: string | undefined): string {
  if (account === undefined) return 'user:YOU';
  return `${account.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${account}`;
}
