import { isDeepStrictEqual } from 'node:util';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { oneLine } from '../../core/one-line.ts';
import type { State } from '../files/state.ts';
import type { StoredLogin } from '../logins/store.ts';
import { isLeftAlone } from './rollback.ts';
import type { Written } from './write-credentials.ts';

/** With logins from the host, nobody here can ask for new ones: the person must hear of it. */
export function nothingHandedIn(
  { source }: AgentConfig,
  logins: readonly StoredLogin[],
  { own }: Pick<Written, 'own'>,
  { owners }: Pick<State, 'owners'>,
  now: Date,
): KindGcrError | undefined {
  const ends = logins.map(({ login }) => login.expiresAt);
  const isAlive = (end: string | Date) => new Date(end) > now;
  if (source !== 'host' || owners?.length === 0) return; // none at all is what the host wants
  if (ends.some(isAlive) || [...own.values()].some(({ expiresAt }) => isAlive(expiresAt))) return;
  const last = ends.toSorted().at(-1);
  const what =
    last === undefined ? 'holds no credentials from the host' : `had credentials from the host until ${last}`;
  return new KindGcrError('CREDENTIAL_NOT_FOUND', `this node ${what}`, {
    hint: 'Hand in new ones, on the host: kindgcr refresh',
  });
}

/**
 * Notes the last of the failures, once: one that goes on keeps the time at which it began or was tried again. It is
 * forgotten when a pass goes well, unless that pass only waited.
 */
export function withFailure(state: State, failures: readonly unknown[], remembered: State, now: Date): State {
  const failure = failures.at(-1);
  if (failure === undefined) {
    return state.attempts !== null || isLeftAlone(state, now) ? state : { ...state, lastFailure: null };
  }
  const { code, hint } = failure instanceof KindGcrError ? failure : { code: 'UNEXPECTED', hint: undefined };
  const message = oneLine(errorMessage(failure));
  const last = state.lastFailure;
  const goesOn =
    last !== null &&
    last.code === code &&
    last.message === message &&
    isDeepStrictEqual(state.attempts, remembered.attempts);
  if (goesOn) return state;
  return { ...state, lastFailure: { at: now.toISOString(), code, message, ...(hint === undefined ? {} : { hint }) } };
}
