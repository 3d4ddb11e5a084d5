import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { halfWay } from '../../core/system/half-life.ts';
import type { CommandContext } from '../context.ts';
import { type HostLogin, hostLogin } from '../host/host-login.ts';
import { clearLoginFailure, writeLoginFailure } from '../host/login-failure.ts';
import { loginStamp } from './login-stamp.ts';

/** Milliseconds until a login that failed is tried again: doubling, up to the longest. */
const FIRST_RETRY = 15_000;
const LONGEST_RETRY = 120_000;

/** Resolves with a login of this machine that is in the first half of its life. Rejects with what the source throws. */
export type SharedLogin = () => Promise<HostLogin>;

/** The login of this machine, for everything that `kindgcr watch` renews. */
export interface LoginKeeper {
  /**
   * A login with at least half of its life left. After a failure the source is not asked again before the next retry, or
   * before the user logged in again: until then this throws the same error. Throws what the source throws.
   */
  readonly fresh: SharedLogin;
  /** Whether an error is the failure that was logged already. */
  isLogged(error: unknown): boolean;
  /** Tries again after a failure, when it is time to; true when the login works again. */
  recovered(): Promise<boolean>;
}

/** What a shared login needs of the world. */
type LoginContext = Pick<CommandContext, 'user' | 'log' | 'now' | 'signal'>;

/** A login that is fetched once, however many need one. A failure is logged once, and recorded for `kindgcr status`, unless it is expected. */
export function sharedLogin(
  { user, log, now, signal }: LoginContext,
  ask: () => Promise<HostLogin> = () => hostLogin(chooseSource(user), user, signal),
  isExpected: (error: KindGcrError) => Promise<boolean> = async () => false,
): LoginKeeper {
  let current: { readonly login: Promise<HostLogin>; goodUntil: number } | undefined;
  let failure: { readonly error: KindGcrError; readonly stamp: string; retryAt: number; retries: number } | undefined;

  const isDue = () => {
    if (failure === undefined) return true;
    const left = failure.retryAt - now().getTime();
    return left <= 0 || left > LONGEST_RETRY || loginStamp(user) !== failure.stamp; // the clock may have been set back
  };

  async function askOnce(): Promise<HostLogin> {
    const stamp = loginStamp(user);
    try {
      const login = await ask();
      if (failure !== undefined) log.info('the login works again', { account: login.account });
      failure = undefined;
      await clearLoginFailure(user).catch(() => {}); // then status goes on showing a failure with its time
      return login;
    } catch (error) {
      if (!(error instanceof KindGcrError) || signal.aborted || (await isExpected(error))) throw error;
      const retries = failure === undefined || failure.stamp !== stamp ? 0 : failure.retries + 1;
      if (failure?.error.message !== error.message) {
        log.error(error.message, { code: error.code, hint: error.hint });
        await writeLoginFailure(error, now(), user).catch(() => {}); // it is in the log
      }
      const retryAt = now().getTime() + Math.min(FIRST_RETRY * 2 ** retries, LONGEST_RETRY);
      failure = { error, stamp, retryAt, retries };
      throw error;
    }
  }

  async function fresh(): Promise<HostLogin> {
    if (current !== undefined && now().getTime() < current.goodUntil) return await current.login;
    if (failure !== undefined && !isDue()) throw failure.error;
    const asked = now();
    const mine = { login: askOnce(), goodUntil: Number.POSITIVE_INFINITY };
    current = mine;
    mine.login.then(
      ({ login }) => {
        mine.goodUntil = halfWay(asked, new Date(login.expiresAt)).getTime();
      },
      () => {
        if (current === mine) current = undefined;
      },
    );
    return await mine.login;
  }

  return {
    fresh,
    isLogged: (error) => error !== undefined && error === failure?.error,
    async recovered() {
      if (failure === undefined || !isDue()) return false;
      return await fresh().then(
        () => true,
        () => false,
      );
    },
  };
}
