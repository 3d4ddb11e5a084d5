import { chooseSource } from '../../core/google/choice/source-choice.ts';
import type { CommandContext } from '../context.ts';
import { type HostLogin, hostLogin } from '../host/host-login.ts';

/** Resolves with a login of this machine that is in the first half of its life. Rejects with what the source throws. */
export type SharedLogin = () => Promise<HostLogin>;

/** One login for everything that needs one; those who ask while it is fetched share the request. */
export function sharedLogin({ person, now, signal }: Pick<CommandContext, 'person' | 'now' | 'signal'>): SharedLogin {
  let current: { readonly login: Promise<HostLogin>; goodUntil: number } | undefined;
  return () => {
    if (current !== undefined && now().getTime() < current.goodUntil) return current.login;
    const asked = now().getTime();
    const mine = { login: hostLogin(chooseSource(person), signal), goodUntil: Number.POSITIVE_INFINITY };
    current = mine;
    mine.login.then(
      ({ login }) => {
        mine.goodUntil = (asked + Date.parse(login.expiresAt)) / 2;
      },
      () => {
        if (current === mine) current = undefined;
      },
    );
    return mine.login;
  };
}
