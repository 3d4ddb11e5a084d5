import { KindGcrError } from '../../core/errors.ts';
import type { SourceChoice } from '../../core/google/choice/source-choice.ts';
import { openCredentialSource } from '../../core/google/open-credential-source.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { googleLogin, type RegistryLogin } from '../../core/registry/registry-login.ts';
import type { User } from '../../core/system/user-folders.ts';
import { accountInWords } from './source-words.ts';

/** Minimum lifetime in seconds of a token for a node: it should last. */
const MIN_LIFE = 50 * 60;

/** A fresh login from this host's credential source. */
export interface HostLogin {
  readonly login: RegistryLogin;
  /** The account that it is for, or the credential's description where the source names no account. */
  readonly account: string;
  /** The account with the source beside it: `developer@example.com (gcloud)`. */
  readonly who: string;
}

/** Gets a long-lived token from the source. Throws what the source throws. */
export async function hostLogin(choice: SourceChoice, user: User, signal: AbortSignal): Promise<HostLogin> {
  const source = await openCredentialSource(choice, { scopes: PULL_SCOPES, user });
  const token = await source.getAccessToken({ minLife: MIN_LIFE, signal });
  if (token.expiresAt === undefined) {
    throw new KindGcrError(
      'CREDENTIAL_INVALID',
      `${source.description} gives a token without its expiry, which a node needs`,
      {
        hint: 'gcloud serves a token from auth/access_token_file. Unset that, or use another source: kindgcr config set source keyfile',
      },
    );
  }
  const account = token.account ?? source.description;
  return {
    login: { ...googleLogin(token), account, pullOnly: source.scoped ?? false },
    account,
    who: accountInWords(token.account ?? (choice.kind === 'gcloud' ? undefined : source.description), choice),
  };
}
