import { stat } from 'node:fs/promises';
import { errorMessage, KindGcrError } from '../core/errors.ts';
import type { AccessToken } from '../core/google/access-token.ts';
import type { AgentConfig } from '../core/node/agent-config.ts';
import type { NodeLayout } from '../core/node/layout.ts';
import { googleLogin } from '../core/registry/registry-login.ts';
import { type StoredLogin, withNewLogins } from './logins-store.ts';
import { attemptIsAllowed, nextAttempt, renewalIsDue } from './renewal.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** The owner of the logins that a node mints for itself. */
export const MINTED_OWNER = 'google';

/** The logins and the state after a renewal that was due, tried or not. */
export interface RenewedLogins {
  readonly logins: readonly StoredLogin[];
  readonly state: State;
  readonly failure?: unknown;
}

/**
 * Mints a login where the node feeds itself and one is due. After failures it waits, unless `insist`, or unless the config
 * or the key has changed since.
 */
export async function renewLogins(
  world: Pick<World, 'layout' | 'log' | 'now' | 'random' | 'openSource'>,
  { source, ...config }: AgentConfig,
  { logins, state }: RenewedLogins,
  { insist, signal }: { readonly insist: boolean; readonly signal?: AbortSignal | undefined },
): Promise<RenewedLogins> {
  if (source !== 'keyfile') return { logins, state };
  const inputs = await inputsOf(world.layout);
  const current = logins.find(({ login }) => login.owner === MINTED_OWNER);
  const madeOfThese = current?.inputs === undefined || current.inputs === inputs;
  if (madeOfThese && !renewalIsDue(world.now(), datesOf(current))) return { logins, state };
  const attempts = state.attempts?.inputs === inputs ? state.attempts : undefined;
  if (
    !insist &&
    !attemptIsAllowed(world.now(), attempts && { ...attempts, nextAttemptAt: new Date(attempts.nextAttemptAt) })
  ) {
    return { logins, state };
  }
  try {
    const opened = await world.openSource({ source, ...config });
    const login = googleLogin(stillAlive(await opened.getAccessToken({ signal }), world.now()));
    world.log.info('obtained credentials', { account: opened.description, expiresAt: login.expiresAt });
    const stored = withNewLogins(logins, [login], { now: world.now(), random: world.random });
    return {
      logins: stored.map((one) => (one.login === login ? { ...one, inputs } : one)),
      state: { ...withSuccess(state, world.now()), account: opened.description },
    };
  } catch (failure) {
    if (signal?.aborted) return { logins, state };
    const failures = (attempts?.failures ?? 0) + 1;
    const expected = failure instanceof KindGcrError ? failure : { code: 'UNEXPECTED' as const };
    const nextAttemptAt = nextAttempt(world.now(), failures, expected, world.random()).toISOString();
    return { logins, state: { ...state, attempts: { failures, nextAttemptAt, inputs } }, failure };
  }
}

/** The state after logins came in, by whatever way. */
export function withSuccess(state: State, now: Date): State {
  return { ...state, lastSuccessAt: now.toISOString(), attempts: null };
}

/** Tells one content of config and key from another, without reading the key. */
async function inputsOf({ agentConfig, keyfile }: NodeLayout): Promise<string> {
  const looks = [agentConfig, keyfile].map((path) =>
    stat(path).then(
      ({ ino, size, mtimeMs }) => `${ino}:${size}:${mtimeMs}`,
      (error: unknown) => errorMessage(error),
    ),
  );
  return (await Promise.all(looks)).join(' ');
}

function datesOf(stored: StoredLogin | undefined) {
  return stored && { obtainedAt: new Date(stored.obtainedAt), renewAt: new Date(stored.renewAt) };
}

function stillAlive(token: AccessToken, now: Date): AccessToken {
  if (token.expiresAt > now) return token;
  throw new KindGcrError(
    'TOKEN_EXCHANGE_FAILED',
    `the new token had already ended at ${token.expiresAt.toISOString()}`,
    {
      hint: "Compare this machine's clock with the true time: date -u",
    },
  );
}
