import { setTimeout as sleep } from 'node:timers/promises';
import { KindGcrError } from '../../errors.ts';
import type { CredentialSource } from '../access-token.ts';

/** Maximum number of attempts. */
const ATTEMPTS = 3;

/** Milliseconds for all attempts and the waits between them. */
const WHOLE_TIME = 30_000;

/** What retries need from outside. */
export interface RetryOptions {
  /** Waits for a number of milliseconds. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** A number from 0 to 1, as `Math.random` gives. */
  readonly random?: () => number;
}

/**
 * Retries a source up to twice, after a wait with jitter, if its failure may be temporary. The user is waiting, so all
 * attempts together get half a minute.
 */
export function retryingSource(
  source: CredentialSource,
  {
    wait = (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    random = Math.random,
  }: RetryOptions = {},
): CredentialSource {
  return {
    description: source.description,
    scoped: source.scoped ?? false,
    async getAccessToken({ signal, minLife } = {}) {
      const limit = AbortSignal.timeout(WHOLE_TIME);
      const whole = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await source.getAccessToken({ signal: whole, ...(minLife === undefined ? {} : { minLife }) });
        } catch (error) {
          const delay = 250 * 2 ** attempt * (0.5 + random());
          if (attempt === ATTEMPTS || whole.aborted || !mayPass(error, delay)) throw error;
          await wait(delay, whole).catch(() => {
            throw error;
          });
        }
      }
    },
  };
}

/** Whether to retry after `delay` milliseconds: not before the time that the server asked for. */
function mayPass(error: unknown, delay: number): boolean {
  if (!(error instanceof KindGcrError) || error.code !== 'TOKEN_EXCHANGE_FAILED') return false;
  return error.retryAt === undefined || error.retryAt.getTime() <= Date.now() + delay;
}
