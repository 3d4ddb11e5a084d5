import { KindGcrError } from '../../../core/errors.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { halfWay } from '../../../core/system/half-life.ts';
import type { CommandContext } from '../../context.ts';
import { putSecret } from './in-cluster.ts';
import { forgetSecrets, type KeptSecret, updateSecrets } from './kept-fresh.ts';
import { isGone, openKubectl } from './kubectl.ts';

/** What renewing needs. */
export type RenewContext = Pick<CommandContext, 'person' | 'exec' | 'signal' | 'now' | 'log'>;

/**
 * Renews an applied pull secret when it is due, and resolves with when it is due next; undefined when it needs no more
 * renewals: its context is no longer in the kubeconfig, because the cluster was deleted, so it is forgotten. Throws
 * KUBERNETES_FAILED, and what `freshLogin` throws.
 */
export async function renewSecret(
  secret: KeptSecret,
  freshLogin: () => Promise<{ readonly login: RegistryLogin }>,
  { person, exec, signal, now, log }: RenewContext,
): Promise<Date | undefined> {
  if (new Date(secret.renewAt) > now()) return new Date(secret.renewAt);
  const { login } = await freshLogin();
  try {
    const kubectl = await openKubectl({ exec, signal, context: secret.context, kubeconfig: secret.kubeconfig });
    await putSecret(kubectl, secret, { ...login, registries: secret.registries });
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    if (!isGone(error)) {
      throw new KindGcrError(error.code, `${describeSecret(secret)}: ${error.message}`, {
        hint: error.hint,
        cause: error,
      });
    }
    log.warn(`the cluster of context "${secret.context}" is gone; its pull secrets are no longer renewed`);
    await forgetSecrets(
      ({ context, kubeconfig }) => context === secret.context && kubeconfig === secret.kubeconfig,
      person,
    );
    return undefined;
  }
  const renewed = { ...secret, ...timesOf(login, now()) };
  await updateSecrets([renewed], person);
  log.info(`renewed ${describeSecret(secret)}`, { expiresAt: renewed.expiresAt });
  return new Date(renewed.renewAt);
}

/** When a login expires, and half-way to that, when it should be renewed. */
export function timesOf({ expiresAt }: RegistryLogin, now: Date): Pick<KeptSecret, 'expiresAt' | 'renewAt'> {
  return { expiresAt, renewAt: halfWay(now, new Date(expiresAt)).toISOString() };
}

/** Names a secret for people. */
export function describeSecret({
  context,
  namespace,
  name,
}: Pick<KeptSecret, 'context' | 'namespace' | 'name'>): string {
  return `secret ${name} in namespace ${namespace} of ${context}`;
}
