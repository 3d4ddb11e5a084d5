import { errorMessage, KindGcrError } from '../../core/errors.ts';
import { chooseSource, type SourceChoice } from '../../core/google/choice/source-choice.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { inWords } from '../cli/durations.ts';
import { untilInWords } from '../cli/local-time.ts';
import type { CommandContext } from '../context.ts';
import { hostLogin } from '../host/host-login.ts';
import { readSettings } from '../host/settings.ts';
import { sourceInWords } from '../host/source-words.ts';
import { bad, badBecause, type Finding, note, ok, skipped } from './finding.ts';

/** The findings about the credential, and a login for the checks that follow. */
export interface CredentialFindings {
  readonly findings: readonly Finding[];
  /** Undefined when there is none. */
  readonly login: RegistryLogin | undefined;
}

/** Checks that there is a source with a credential, and that Google issues a token for it. */
export async function credentialChecks({ user, signal, now }: CommandContext): Promise<CredentialFindings> {
  let choice: SourceChoice;
  try {
    choice = chooseSource(user);
  } catch (error) {
    return { findings: [badBecause('source', error), skipped('token', 'no source')], login: undefined };
  }
  try {
    const { login, who } = await hostLogin(choice, user, signal);
    const scope = login.pullOnly ? 'it can only pull' : "it is the login's own, which can do more than pull";
    return {
      findings: [
        ok('source', who),
        ...(choice.kind === 'impersonate' ? [ok('impersonation', `${choice.account} can be impersonated`)] : []),
        ok('token', `valid ${untilInWords(login.expiresAt, now())}; ${scope}`),
      ],
      login,
    };
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    if (choice.kind === 'impersonate' && /impersonate/.test(error.message)) {
      const source = ok('source', sourceInWords(choice.over));
      return {
        findings: [source, badBecause('impersonation', error), skipped('token', 'no account')],
        login: undefined,
      };
    }
    const { fromDocker = [] } = await readSettings(user);
    if (error.code === 'CREDENTIAL_NOT_FOUND' && fromDocker.length > 0) {
      const source = note(
        'source',
        `${error.message}; nodes get only logins of your Docker`,
        error.hint ?? 'gcloud auth login',
      );
      return { findings: [source, skipped('token', 'no credential')], login: undefined };
    }
    // There is no credential, or Google refused it.
    const early =
      error.code === 'CREDENTIAL_NOT_FOUND' || /is not a service account key|can't be read/.test(error.message);
    const findings = early
      ? [badBecause('source', error), skipped('token', 'no credential')]
      : [ok('source', sourceInWords(choice)), badBecause('token', error)];
    return { findings, login: undefined };
  }
}

/** Seconds that two clocks may differ: Google tolerates a few minutes, but a token's expiry must not be missed. */
const SKEW = 60;

/** Compares a clock with this machine's; both in milliseconds since 1970. */
export function clockFinding(check: string, other: number, mine: number, advice: string): Finding {
  const apart = Math.round((other - mine) / 1000);
  if (Math.abs(apart) <= SKEW) return ok(check, 'agrees within a minute');
  return bad(
    check,
    'TOKEN_EXCHANGE_FAILED',
    `is ${inWords(Math.abs(apart) * 1000)} ${apart < 0 ? 'behind' : 'ahead'}`,
    advice,
  );
}

/** The reason why a connection failed. */
export function connectionReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== '' ? cause.message : errorMessage(error);
}
