import { errorMessage } from '../../core/errors.ts';
import { describeSecret, type RenewContext, renewSecrets } from './renew.ts';

/** Milliseconds after a failure until the next try. */
const RETRY = 60_000;

/** Looks after the applied pull secrets for as long as it is called. Never rejects. */
export interface SecretCare {
  /** Writes anew what is due, and answers with what failed. Between a failure and the next try it does nothing. */
  look(): Promise<readonly Error[]>;
}

/** A caretaker that tells each renewal, and each failure when it comes up. */
export function secretCare(context: RenewContext): SecretCare {
  const { log, now } = context;
  let notBefore = 0;
  let told = '';
  return {
    async look() {
      if (now().getTime() < notBefore && notBefore - now().getTime() <= RETRY) return [];
      const { renewed, failures } = await renewSecrets(context).catch((error: unknown) => ({
        renewed: [],
        failures: [error instanceof Error ? error : new Error(String(error))],
      }));
      for (const secret of renewed) log.info(`wrote ${describeSecret(secret)} anew`, { expiresAt: secret.expiresAt });
      const reasons = failures.map(errorMessage).join('; ');
      if (reasons !== '' && reasons !== told) log.error(reasons);
      told = reasons;
      notBefore = failures.length > 0 ? now().getTime() + RETRY : 0;
      return failures;
    },
  };
}
