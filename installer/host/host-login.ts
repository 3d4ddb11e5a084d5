import type { SourceChoice } from '../../core/google/choice/source-choice.ts';
import { openSource } from '../../core/google/open-credential-source.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { googleLogin, type RegistryLogin } from '../../core/registry/registry-login.ts';

/** Seconds that a token given to a node should live at least: it is there to last. */
const MIN_LIFE = 50 * 60;

/** A fresh login from this host's source, and who it belongs to. */
export interface HostLogin {
  readonly login: RegistryLogin;
  /** Names the account or the source. */
  readonly account: string;
}

/** Asks the source for a token that lives long. Throws what the source throws. */
export async function hostLogin(choice: SourceChoice, signal: AbortSignal): Promise<HostLogin> {
  const source = await openSource(choice, { scopes: PULL_SCOPES });
  const token = await source.getAccessToken({ minLife: MIN_LIFE, signal });
  return { login: googleLogin(token), account: source.description };
}
