import { isDeepStrictEqual } from 'node:util';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { oneLine } from '../../core/one-line.ts';
import type { State } from '../files/state.ts';
import type { StoredLogin } from '../logins/store.ts';
import { isLeftAlone } from './rollback.ts';
import type { Written } from './write-credentials.ts';

/** The failure of a node that depends on the host and has no valid login: only the host can send new ones. */
export function missingFromHost(
  { source }: AgentConfig,
  logins: readonly StoredLogin[],
  { own }: Pick<Written, 'own'>,
  { owners }: Pick<State, 'owners'>,
  now: Date,
): KindGcrError | undefined {
  const ends = logins.map(({ login }) => login.expiresAt);
  const isAlive = (end: string | Date) => new Date(end) > now;
  if (source !== 'host' || owners?.length === 0) return; // the host wants this node to have none
  if (ends.some(isAlive) || [...own.values()].some(({ expiresAt }) => isAlive(expiresAt))) return;
  const last = ends.toSorted().at(-1);
  const what =
    last === undefined ? 'holds no credentials from the host' : `had credentials from the host until ${last}`;
  return new KindGcrError('CREDENTIAL_NOT_FOUND', `this node ${what}`, {
    hint: 'Run on the host: kindgcr refresh',
  });
}

/**
 * Records the last failure. One that persists keeps the time at which it first occurred or was last retried. A successful
 * reconcile clears it, unless it was only waiting for the next attempt.
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
