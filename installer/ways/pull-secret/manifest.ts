import { authEntry } from '../../../core/registry/docker-config.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';

/** The label that marks a Secret as created by kindgcr. */
export const MANAGED_BY = { label: 'app.kubernetes.io/managed-by', value: 'kindgcr' } as const;

/** The place of a pull secret in a cluster. Both are validated names. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
}

/** The YAML of a Secret that pods can name in `imagePullSecrets`. It holds the login, so the manifest is a secret itself. */
export function secretManifest({ namespace, name }: SecretPlace, login: RegistryLogin): string {
  const entry = authEntry(login.username, login.secret);
  const config = { auths: Object.fromEntries(login.registries.map((host) => [host, entry])) };
  const data = Buffer.from(JSON.stringify(config)).toString('base64');
  return `apiVersion: v1
kind: Secret
metadata:
  name: ${JSON.stringify(name)}
  namespace: ${JSON.stringify(namespace)}
  labels:
    ${MANAGED_BY.label}: ${MANAGED_BY.value}
  annotations:
    kindgcr/expires-at: "${login.expiresAt}"
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: ${data}
`;
}
