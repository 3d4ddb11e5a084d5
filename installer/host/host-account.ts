import { KindGcrError } from '../../core/errors.ts';
import { chooseSource, type SourceChoice } from '../../core/google/choice/source-choice.ts';
import { openCredentialSource } from '../../core/google/open-credential-source.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import type { User } from '../../core/system/user-folders.ts';
import { accountInWords, sourceInWords } from './source-words.ts';

/** Milliseconds that gcloud may take to name its account, which is only a detail of the output. */
const TIME_LIMIT = 10_000;

/** Which account this machine gets tokens for, and from where. */
export interface HostAccount {
  /** Undefined when none is configured. */
  readonly choice: SourceChoice | undefined;
  /** Null when the source names none. */
  readonly account: string | null;
  /** The account and the source beside it: `developer@example.com (gcloud)`. */
  readonly words: string;
  /** Why there would be no token. */
  readonly failure: KindGcrError | undefined;
}

/** Names the account. Only gcloud has to be run; other sources name it in a file. */
export async function hostAccount(user: User, signal: AbortSignal): Promise<HostAccount> {
  let choice: SourceChoice | undefined;
  try {
    choice = chooseSource(user);
    const source = await openCredentialSource(choice, { scopes: PULL_SCOPES, user });
    const known = choice.kind === 'impersonate' ? choice.account : undefined;
    if (choice.kind !== 'gcloud') return accountOf(choice, known ?? source.description);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT)]);
    return accountOf(choice, (await source.getAccessToken({ minLife: 0, signal: limit })).account);
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    const words = choice === undefined ? 'none' : sourceInWords(choice);
    return { choice, account: null, words, failure: error };
  }
}

function accountOf(choice: SourceChoice, account: string | undefined): HostAccount {
  return { choice, account: account ?? null, words: accountInWords(account, choice), failure: undefined };
}
