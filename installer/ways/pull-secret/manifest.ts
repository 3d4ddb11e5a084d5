import { authEntry, type JsonObject } from '../../../core/registry/docker-config.ts';
import { NEVER, type RegistryLogin } from '../../../core/registry/registry-login.ts';

/** The label that marks a Secret as created by kindgcr. */
export const MANAGED_BY = { label: 'app.kubernetes.io/managed-by', value: 'kindgcr' } as const;

/** The place of a pull secret in a cluster. Both are validated names. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
}

/** What a pull secret holds. */
export interface SecretContent {
  /** Entries of a docker config, by registry. */
  readonly auths: JsonObject;
  /** When the first of them expires; NEVER where none is known to. */
  readonly expiresAt: string;
}

/** The logins as the content of a pull secret. */
export function secretContent(logins: readonly RegistryLogin[]): SecretContent {
  const entries = logins.flatMap(({ registries, username, secret }) =>
    registries.map((key) => [key, authEntry(username, secret)] as const),
  );
  const [first = NEVER] = logins.map(({ expiresAt }) => expiresAt).toSorted();
  return { auths: Object.fromEntries(entries), expiresAt: first };
}

/** The YAML of a Secret that pods can name in `imagePullSecrets`. It holds logins, so the manifest is a secret itself. */
export function secretManifest({ namespace, name }: SecretPlace, { auths, expiresAt }: SecretContent): string {
  const data = Buffer.from(JSON.stringify({ auths })).toString('base64');
  return `apiVersion: v1
kind: Secret
metadata:
  name: ${JSON.stringify(name)}
  namespace: ${JSON.stringify(namespace)}
  labels:
    ${MANAGED_BY.label}: ${MANAGED_BY.value}
  annotations:
    kindgcr/expires-at: "${expiresAt}"
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: ${data}
`;
}
