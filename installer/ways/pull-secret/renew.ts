import { errorMessage, KindGcrError } from '../../../core/errors.ts';
import { chooseSource } from '../../../core/google/choice/source-choice.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import type { CommandContext } from '../../context.ts';
import { hostLogin } from '../../host/host-login.ts';
import { putSecret } from './in-cluster.ts';
import { forgetSecrets, type KeptSecret, keepSecrets, readKeptSecrets } from './kept-fresh.ts';
import { isGone, openKubectl } from './kubectl.ts';

/** What came of a look at the secrets that are kept fresh. */
export interface RenewedSecrets {
  /** Those that were written anew. */
  readonly renewed: readonly KeptSecret[];
  /** Why others could not be; they stay as they are and are tried again at the next look. */
  readonly failures: readonly Error[];
}

/** What renewing needs of the world. */
export type RenewContext = Pick<CommandContext, 'person' | 'exec' | 'signal' | 'now' | 'log'>;

/**
 * Writes anew each applied pull secret that is due at this time, with one token for all of them. One whose context has
 * left the kubeconfig is forgotten: its cluster was deleted. Throws only when the list itself can't be read or written.
 */
export async function renewSecrets(context: RenewContext): Promise<RenewedSecrets> {
  const { person, exec, signal, now, log } = context;
  const due = (await readKeptSecrets(person)).filter(({ renewAt }) => new Date(renewAt) <= now());
  if (due.length === 0) return { renewed: [], failures: [] };
  let login: RegistryLogin;
  try {
    ({ login } = await hostLogin(chooseSource(person), signal));
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    return { renewed: [], failures: [error] };
  }
  const renewed: KeptSecret[] = [];
  const failures: Error[] = [];
  for (const secret of due) {
    try {
      const kubectl = await openKubectl({ exec, signal, context: secret.context, kubeconfig: secret.kubeconfig });
      await putSecret(kubectl, secret, { ...login, registries: secret.registries });
      renewed.push({ ...secret, ...timesOf(login, now()) });
    } catch (error) {
      if (!(error instanceof KindGcrError)) throw error;
      if (isGone(error)) {
        log.warn(`the cluster of context "${secret.context}" is gone; its pull secrets are kept no more`);
        await forgetSecrets(({ context: name }) => name === secret.context, person);
      } else {
        failures.push(new Error(`${describeSecret(secret)}: ${errorMessage(error)}`, { cause: error }));
      }
    }
  }
  if (renewed.length > 0) await keepSecrets(renewed, person);
  return { renewed, failures };
}

/** When a login ends, and half-way to there, when a new one should take its place. */
export function timesOf({ expiresAt }: RegistryLogin, now: Date): Pick<KeptSecret, 'expiresAt' | 'renewAt'> {
  const half = now.getTime() + (new Date(expiresAt).getTime() - now.getTime()) / 2;
  return { expiresAt, renewAt: new Date(half).toISOString() };
}

/** Names a secret for a person. */
export function describeSecret({
  context,
  namespace,
  name,
}: Pick<KeptSecret, 'context' | 'namespace' | 'name'>): string {
  return `secret ${name} in namespace ${namespace} of ${context}`;
}
