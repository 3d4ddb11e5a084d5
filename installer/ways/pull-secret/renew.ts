import { KindGcrError } from '../../../core/errors.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { halfWay } from '../../../core/system/half-life.ts';
import type { CommandContext } from '../../context.ts';
import { type FromDocker, keysToKeep } from '../../host/from-docker.ts';
import { putSecret, secretAuths } from './in-cluster.ts';
import { forgetSecrets, type KeptSecret, updateSecrets } from './kept-fresh.ts';
import { isGone, type Kubectl, openKubectl } from './kubectl.ts';
import { type SecretContent, secretContent } from './manifest.ts';

/** What renewing needs. */
export type RenewContext = Pick<CommandContext, 'user' | 'exec' | 'signal' | 'now' | 'log'>;

/** Where the logins come from. */
export interface FreshLogins {
  /** Google's. */
  readonly google: () => Promise<{ readonly login: RegistryLogin }>;
  /** Those of the user's Docker, for the secret's registries. */
  readonly docker: () => Promise<FromDocker>;
}

/** Milliseconds after which Docker is asked again for its logins, which don't say when they change. */
const ASK_DOCKER_AGAIN = 20 * 60_000;

/**
 * Renews an applied pull secret when it is due, and resolves with when it is due next; undefined when it needs no more
 * renewals: its context is no longer in the kubeconfig, because the cluster was deleted, so it is forgotten. Throws
 * KUBERNETES_FAILED, and what the sources throw.
 */
export async function renewSecret(
  secret: KeptSecret,
  fresh: FreshLogins,
  { user, exec, signal, now, log }: RenewContext,
): Promise<Date | undefined> {
  if (new Date(secret.renewAt) > now()) return new Date(secret.renewAt);
  const { registries } = secret;
  const docker = await fresh.docker();
  const google = registries.length === 0 ? [] : [{ ...(await fresh.google()).login, registries }];
  const content = secretContent([...google, ...docker.logins.map(({ login }) => login)]);
  try {
    const kubectl = await openKubectl({ exec, signal, context: secret.context, kubeconfig: secret.kubeconfig });
    await putSecret(kubectl, secret, await withKept(content, keysToKeep(docker), secret, kubectl));
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
      user,
    );
    return undefined;
  }
  const renewed = { ...secret, ...timesOf(content, secret, now()) };
  await updateSecrets([renewed], user);
  log.info(`renewed ${describeSecret(secret)}`, { expiresAt: renewed.expiresAt });
  return new Date(renewed.renewAt);
}

/** The content, with the secret's present entries for registries whose login can't be determined for now. */
async function withKept(
  content: SecretContent,
  keys: readonly string[],
  secret: KeptSecret,
  kubectl: Kubectl,
): Promise<SecretContent> {
  if (keys.length === 0) return content;
  const kept = Object.entries(await secretAuths(kubectl, secret)).filter(([key]) => keys.includes(key));
  return { ...content, auths: { ...Object.fromEntries(kept), ...content.auths } };
}

/** When a secret's first login expires, and when it should be renewed: half-way to that, or when Docker is asked again. */
export function timesOf(
  { expiresAt }: SecretContent,
  { fromDocker = [] }: Pick<KeptSecret, 'fromDocker'>,
  now: Date,
): Pick<KeptSecret, 'expiresAt' | 'renewAt'> {
  const half = halfWay(now, new Date(expiresAt));
  const again = new Date(now.getTime() + ASK_DOCKER_AGAIN);
  return { expiresAt, renewAt: (fromDocker.length > 0 && again < half ? again : half).toISOString() };
}

/** Names a secret for people. */
export function describeSecret({
  context,
  namespace,
  name,
}: Pick<KeptSecret, 'context' | 'namespace' | 'name'>): string {
  return `secret ${name} in namespace ${namespace} of ${context}`;
}
