import { stat } from 'node:fs/promises';
import { loginFilePaths } from '../../core/registry/docker-login/login-files.ts';
import type { CommandContext } from '../context.ts';
import { type FromDocker, loginsFromDocker } from '../host/from-docker.ts';
import { readSettings } from '../host/settings.ts';

/** The logins of the user's Docker, as a watch keeps them: asked for once for all nodes, and again when they may be others. */
export interface DockerKeeper {
  logins(): Promise<FromDocker>;
  /** When they are to be asked for again; undefined where none are chosen. */
  askAgainAt(): Date | undefined;
  /** Whether the docker config or the choice has changed since they were asked for. */
  hasNews(): Promise<boolean>;
}

/** Milliseconds after which Docker is asked again: at least so many, and with some jitter up to twice as many. */
const ASK_AGAIN = 15 * 60_000;

/** Milliseconds until Docker is asked again after a failure: doubling. */
const FIRST_RETRY = 60_000;

/**
 * A keeper that has asked for nothing yet, for the registries that are chosen for nodes or for others. A failure is logged
 * once, and so is its recovery.
 */
export function dockerKeeper(
  context: Pick<CommandContext, 'user' | 'exec' | 'signal' | 'now' | 'log'>,
  namesNow = async (): Promise<readonly string[]> => (await readSettings(context.user)).fromDocker ?? [],
): DockerKeeper {
  const { user, now, log } = context;
  let current: { readonly found: Promise<FromDocker>; readonly stamp: string; askAgainAt: number } | undefined;
  let failures = 0;
  let chosen = false;
  const logged = new Map<string, string>();

  async function ask(names: readonly string[], before: FromDocker | undefined): Promise<FromDocker> {
    const found = await loginsFromDocker(names, context, { attended: false });
    logChanges(found);
    // Where a helper or registry fails for now, keep the previous login.
    const kept = (before?.logins ?? []).filter(
      ({ login }) =>
        found.owners.includes(login.owner) &&
        !found.logins.some((one) => one.login.owner === login.owner) &&
        new Date(login.expiresAt) > now(),
    );
    return { ...found, logins: [...found.logins, ...kept] };
  }

  /** Logs each failure once, and its recovery. */
  function logChanges({ missing }: FromDocker): void {
    const failing = new Map(missing.map(({ name, failure }) => [name, failure]));
    for (const name of logged.keys()) {
      if (failing.has(name)) continue;
      logged.delete(name);
      log.info('Docker has the login again', { registry: name });
    }
    for (const [name, { message, code, hint }] of failing) {
      if (logged.get(name) !== message) log.warn(message, { registry: name, code, hint });
      logged.set(name, message);
    }
  }

  async function stampOf(names: readonly string[]): Promise<string> {
    const times = loginFilePaths(user).map((path) =>
      stat(path).then(
        ({ mtimeMs, ino }) => `${mtimeMs} ${ino}`,
        () => '',
      ),
    );
    return JSON.stringify([names, await Promise.all(times)]);
  }

  return {
    async logins() {
      const names = await namesNow();
      chosen = names.length > 0;
      const stamp = await stampOf(names);
      if (current !== undefined && stamp === current.stamp && now().getTime() < current.askAgainAt) {
        return await current.found;
      }
      const before = await current?.found.catch(() => undefined);
      const mine = { found: ask(names, before), stamp, askAgainAt: now().getTime() + ASK_AGAIN };
      current = mine;
      try {
        const found = await mine.found;
        const isFailing = found.missing.some(({ failure }) => failure.code === 'TOKEN_EXCHANGE_FAILED');
        failures = isFailing ? failures + 1 : 0;
        mine.askAgainAt = now().getTime() + waitAfter(found, failures, now().getTime());
        return found;
      } catch (error) {
        if (current === mine) current = undefined;
        throw error;
      }
    },
    askAgainAt: () => (chosen && current !== undefined ? new Date(current.askAgainAt) : undefined),
    hasNews: async () => current !== undefined && (await stampOf(await namesNow())) !== current.stamp,
  };
}

/** Milliseconds until Docker is asked again: well before the first expiry that is known. */
function waitAfter({ logins }: FromDocker, failures: number, now: number): number {
  const usual = ASK_AGAIN * (1 + Math.random());
  const halfLives = logins.map(({ login }) => (Date.parse(login.expiresAt) - now) / 2);
  const retry = failures === 0 ? usual : FIRST_RETRY * 2 ** Math.min(failures - 1, 4);
  return Math.max(Math.min(usual, retry, ...halfLives), 10_000);
}
