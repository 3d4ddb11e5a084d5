import { KindGcrError } from '../../../core/errors.ts';
import { isJsonObject, type JsonObject, parseDockerConfig } from '../../../core/registry/docker-config.ts';
import type { Kubectl } from './kubectl.ts';
import { MANAGED_BY, type SecretContent, type SecretPlace, secretManifest } from './manifest.ts';
import { changePullSecrets, hasAccount } from './service-account.ts';

/** A pull secret in a cluster, and the service accounts whose pods use it by default. */
export interface ClusterSecret extends SecretPlace {
  readonly serviceAccounts: readonly string[];
}

/**
 * Writes the Secret and adds it to the service accounts' `imagePullSecrets`, which keep their other entries. Safe to
 * repeat. Throws KUBERNETES_FAILED, also for a Secret of that name that kindgcr did not create: it is not changed.
 */
export async function putSecret(kubectl: Kubectl, secret: ClusterSecret, content: SecretContent): Promise<void> {
  await ours(kubectl, secret);
  // Server-side: client-side apply would copy the whole manifest, login included, into an annotation.
  const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=kindgcr', '--filename=-'];
  await kubectl.run(apply, secretManifest(secret, content));
  for (const account of secret.serviceAccounts) {
    await changePullSecrets(kubectl, { namespace: secret.namespace, account }, (names) =>
      names.includes(secret.name) ? names : [...names, secret.name],
    );
  }
}

/** Removes the Secret and its references. Resolves with false when there was no such Secret. Throws as `putSecret`. */
export async function removeSecret(kubectl: Kubectl, secret: ClusterSecret): Promise<boolean> {
  const existed = await ours(kubectl, secret);
  for (const account of secret.serviceAccounts) {
    const place = { namespace: secret.namespace, account };
    if (!(await hasAccount(kubectl, place))) continue;
    await changePullSecrets(kubectl, place, (names) => names.filter((name) => name !== secret.name));
  }
  await kubectl.run(['delete', 'secret', secret.name, ...within(secret), '--ignore-not-found']);
  return existed;
}

/** The entries that the Secret holds now; none where there is no such Secret. Throws as `putSecret`. */
export async function secretAuths(kubectl: Kubectl, secret: SecretPlace): Promise<JsonObject> {
  if (!(await ours(kubectl, secret))) return {};
  const query = 'jsonpath={.data.\\.dockerconfigjson}';
  const data = await kubectl.run(['get', 'secret', secret.name, ...within(secret), `--output=${query}`]);
  const { auths } = parseDockerConfig(Buffer.from(data, 'base64').toString('utf8'), `secret ${secret.name}`);
  return isJsonObject(auths) ? auths : {};
}

/** Whether the Secret exists. Throws KUBERNETES_FAILED when kindgcr did not create it. */
async function ours(kubectl: Kubectl, secret: SecretPlace): Promise<boolean> {
  const label = MANAGED_BY.label.replaceAll('.', '\\.');
  const query = `jsonpath=found:{.metadata.labels.${label}}`;
  const answer = await kubectl.run([
    'get',
    'secret',
    secret.name,
    ...within(secret),
    '--ignore-not-found',
    `--output=${query}`,
  ]);
  if (answer === '') return false;
  if (answer.trim() === `found:${MANAGED_BY.value}`) return true;
  throw new KindGcrError(
    'KUBERNETES_FAILED',
    `the secret "${secret.name}" in namespace "${secret.namespace}" was not created by kindgcr, so it was not changed`,
    { hint: 'Choose another name: kindgcr secret --name NAME' },
  );
}

function within({ namespace }: SecretPlace): readonly string[] {
  return [`--namespace=${namespace}`];
}
