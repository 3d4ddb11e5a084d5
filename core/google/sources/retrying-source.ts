import { setTimeout as sleep } from 'node:timers/promises';
import { KindGcrError } from '../../errors.ts';
import type { CredentialSource } from '../access-token.ts';

/** How often a source is asked in all. */
const ATTEMPTS = 3;

/** Milliseconds in which all attempts and the waits between them have an end. */
const WHOLE_TIME = 30_000;

/** What another attempt takes. */
export interface RetryOptions {
  /** Waits that many milliseconds. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** A number from 0 to 1, as `Math.random` gives. */
  readonly random?: () => number;
}

/**
 * A source that is asked again, up to twice and after a wait with jitter, when it failed in a way that may pass. A
 * person waits for it, so what takes longer than half a minute in all has failed.
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

/** Whether asking again after `delay` milliseconds makes sense: not before the other side said it would. */
function mayPass(error: unknown, delay: number): boolean {
  if (!(error instanceof KindGcrError) || error.code !== 'TOKEN_EXCHANGE_FAILED') return false;
  return error.retryAt === undefined || error.retryAt.getTime() <= Date.now() + delay;
}
