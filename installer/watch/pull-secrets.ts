import { describeSecret, type RenewContext, renewSecrets } from '../ways/pull-secret/renew.ts';
import { type Caretaker, caretaker } from './caretaker.ts';

/** Looks after the applied pull secrets, and tells each renewal. */
export function secretCare(context: RenewContext): Caretaker {
  return caretaker(context, async () => {
    const { renewed, failures } = await renewSecrets(context);
    for (const secret of renewed) {
      context.log.info(`wrote ${describeSecret(secret)} anew`, { expiresAt: secret.expiresAt });
    }
    return failures;
  });
}
