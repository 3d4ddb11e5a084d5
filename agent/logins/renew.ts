import { isDeepStrictEqual } from 'node:util';
import { KindGcrError } from '../../core/errors.ts';
import type { AccessToken } from '../../core/google/access-token.ts';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { oneLine } from '../../core/one-line.ts';
import { GOOGLE_OWNER, googleLogin } from '../../core/registry/registry-login.ts';
import { inputsOf } from '../files/inputs.ts';
import type { State } from '../files/state.ts';
import type { World } from '../world.ts';
import { attemptIsAllowed, nextAttempt, type Renewal, renewalIsDue } from './renewal-time.ts';
import { type StoredLogin, withNewLogins, writeLogins } from './store.ts';

/** The logins and the state after a renewal, whether or not one was due. */
export interface RenewedLogins {
  readonly logins: readonly StoredLogin[];
  readonly state: State;
  readonly failure?: unknown;
}

/**
 * Renews the node's own login when it has a key and the login is due. Backs off after failures, unless `insist` is set or
 * the config or the key has changed since.
 */
export async function renewLogins(
  world: Pick<World, 'layout' | 'log' | 'now' | 'random' | 'mint'>,
  config: AgentConfig,
  known: RenewedLogins,
  { insist, signal }: { readonly insist: boolean; readonly signal?: AbortSignal | undefined },
): Promise<RenewedLogins> {
  const inputs = await inputsOf(world.layout);
  const attempts = known.state.attempts?.inputs === inputs ? known.state.attempts : null;
  const { logins } = known;
  const state = attempts === known.state.attempts ? known.state : { ...known.state, attempts };
  if (config.source !== 'keyfile') return { logins, state };
  const current = logins.find(({ login }) => login.owner === GOOGLE_OWNER);
  const isOfThese = current !== undefined && current.inputs === inputs;
  if (isOfThese && !renewalIsDue(world.now(), datesOf(current))) return { logins, state };
  const wait = attempts === null ? undefined : { ...attempts, nextAttemptAt: new Date(attempts.nextAttemptAt) };
  if (!insist && !attemptIsAllowed(world.now(), wait)) return { logins, state };
  let minted: readonly StoredLogin[] | undefined;
  try {
    const { token, account } = await world.mint(config, signal);
    const pullOnly = isDeepStrictEqual(config.scopes, PULL_SCOPES);
    const login = { ...googleLogin(stillAlive(token, world.now())), account, pullOnly };
    world.log.info('obtained credentials', { account, expiresAt: login.expiresAt });
    minted = withNewLogins(logins, [login], { now: world.now(), random: world.random }).map((one) =>
      one.login === login ? { ...one, inputs } : one,
    );
    await writeLogins(world.layout.logins, minted);
    return { logins: minted, state: { ...withSuccess(state, world.now()), account: oneLine(account) } };
  } catch (failure) {
    if (signal?.aborted) return { logins, state };
    const failures = (attempts?.failures ?? 0) + 1;
    const expected = failure instanceof KindGcrError ? failure : { code: 'UNEXPECTED' as const };
    const nextAttemptAt = nextAttempt(world.now(), failures, expected, world.random()).toISOString();
    // A login that can't be stored is still good for the kubelet, but must not be requested again at each tick.
    return { logins: minted ?? logins, state: { ...state, attempts: { failures, nextAttemptAt, inputs } }, failure };
  }
}

/** The state after logins were obtained or received. */
export function withSuccess(state: State, now: Date): State {
  return { ...state, lastSuccessAt: now.toISOString(), attempts: null };
}

function datesOf({ obtainedAt, renewAt }: StoredLogin): Renewal {
  return { obtainedAt: new Date(obtainedAt), renewAt: new Date(renewAt) };
}

function stillAlive(token: AccessToken, now: Date): AccessToken {
  if (token.expiresAt > now) return token;
  throw new KindGcrError(
    'TOKEN_EXCHANGE_FAILED',
    `the new token expired at ${token.expiresAt.toISOString()}, which is in the past`,
    {
      hint: "Check this machine's clock: date -u",
    },
  );
}
