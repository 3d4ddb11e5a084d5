import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { localTime } from '../cli/local-time.ts';
import type { CommandContext } from '../context.ts';
import { type LoginFailure, readLoginFailure } from '../host/login-failure.ts';
import { userService } from '../host/service/platform-service.ts';
import { readSettings } from '../host/settings.ts';
import { type Finding, note, ok, skipped } from './finding.ts';

/** Whether the background service runs, and why it gets no token. */
export interface ServiceHealth {
  readonly installed: boolean;
  readonly running: boolean;
  readonly failure: LoginFailure | null;
}

/** What the checks need. */
type ServiceContext = Pick<CommandContext, 'user' | 'exec'>;

/** Asks the service manager, and reads what `kindgcr watch` recorded. */
export async function serviceHealth({ user, exec }: ServiceContext): Promise<ServiceHealth> {
  const [state, failure] = await Promise.all([userService(user, exec)?.state(), readLoginFailure(user)]);
  return { installed: state?.installed ?? false, running: state?.running ?? false, failure: failure ?? null };
}

/** The service's health in lines for `kindgcr status`; a failure with the command that fixes it. */
export function serviceInWords({ installed, running, failure }: ServiceHealth, now: Date): readonly string[] {
  const state = running
    ? 'renews tokens in the background'
    : installed
      ? 'is stopped; start it: kindgcr service install'
      : 'none; tokens of this machine are not renewed in the background';
  if (failure === null) return [state];
  const since = `no token since ${localTime(new Date(failure.at), now)}: ${failure.message}`;
  return [running ? since : `${state}; ${since}`, ...(failure.hint === undefined ? [] : [failure.hint])];
}

/** Checks that the tokens that this machine sends to nodes are renewed. */
export async function serviceChecks(
  context: Pick<CommandContext, 'user' | 'exec' | 'now'>,
): Promise<readonly Finding[]> {
  const { installed, running, failure } = await serviceHealth(context);
  const start = 'kindgcr service install';
  if (failure !== null) {
    const at = localTime(new Date(failure.at), context.now());
    return [note('service', `no token since ${at}: ${failure.message}`, failure.hint ?? 'kindgcr refresh')];
  }
  if (running) return [ok('service', 'renews tokens in the background')];
  if (installed) return [note('service', 'is installed but not running', start)];
  return (await isNeeded(context))
    ? [note('service', 'nothing renews tokens in the background', start)]
    : [skipped('service', 'not needed')];
}

async function isNeeded({ user }: Pick<CommandContext, 'user'>): Promise<boolean> {
  try {
    return (await readSettings(user)).clusters.length > 0 && chooseSource(user).kind !== 'keyfile';
  } catch {
    return false; // another check reports it
  }
}
