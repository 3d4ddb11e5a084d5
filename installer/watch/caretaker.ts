import { errorMessage } from '../../core/errors.ts';
import type { CommandContext } from '../context.ts';

/** Milliseconds after a failure until the next try. */
const RETRY = 60_000;

/** Looks after something that ends, for as long as it is called. Never rejects. */
export interface Caretaker {
  /** Writes anew what is due, and answers with what failed. Between a failure and the next try it does nothing. */
  look(): Promise<readonly Error[]>;
}

/**
 * A caretaker that tells each failure when it comes up, as `worded` words its reason, and not again while it lasts.
 * `renew` writes anew what is due and answers with what failed; what it throws counts as one failure.
 */
export function caretaker(
  { log, now }: Pick<CommandContext, 'log' | 'now'>,
  renew: () => Promise<readonly Error[]>,
  worded: (reason: string) => string = (reason) => reason,
): Caretaker {
  let notBefore = 0;
  let told = '';
  return {
    async look() {
      if (now().getTime() < notBefore && notBefore - now().getTime() <= RETRY) return [];
      const failures = await renew().catch((error: unknown) => [
        error instanceof Error ? error : new Error(String(error)),
      ]);
      const reasons = failures.map(errorMessage).join('; ');
      if (reasons !== '' && reasons !== told) log.error(worded(reasons));
      told = reasons;
      notBefore = failures.length > 0 ? now().getTime() + RETRY : 0;
      return failures;
    },
  };
}
