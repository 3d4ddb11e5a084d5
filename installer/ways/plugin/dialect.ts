import { KindGcrError } from '../../../core/errors.ts';
import type { NodeLayout } from '../../../core/node/layout.ts';
import { KUBELET_KEYS } from '../../../core/registry/google-hosts.ts';
import { HUB_KEY } from '../../../core/registry/registry-login.ts';

/** How a kubelet of a certain version is configured to use a credential provider. */
export interface Dialect {
  /** API version of the `CredentialProviderConfig` and of the requests. */
  readonly version: 'v1' | 'v1beta1' | 'v1alpha1';
  /** Feature flags that it needs to read the config. */
  readonly flags: readonly string[];
}

/** The flag that a kubelet from 1.20 to 1.23 needs. */
const GATE = '--feature-gates=KubeletCredentialProviders=true';

/** Every dialect with the first minor release of Kubernetes that supports it, newest first. */
export const DIALECTS: readonly (Dialect & { readonly since: number })[] = [
  { version: 'v1', flags: [], since: 26 },
  { version: 'v1beta1', flags: [], since: 24 },
  { version: 'v1alpha1', flags: [GATE], since: 20 },
];

/** The dialect for the output of `kubelet --version`. Throws NODE_FAILED for a kubelet without credential providers. */
export function kubeletDialect(printed: string): Dialect {
  const [, major = '', minor = ''] = /v(\d+)\.(\d+)\./.exec(printed) ?? [];
  const release = Number(minor);
  const dialect = DIALECTS.find(({ since }) => major === '1' && release >= since);
  if (dialect !== undefined) return dialect;
  throw new KindGcrError('NODE_FAILED', `a kubelet of version "${printed.trim()}" has no credential providers`, {
    hint: 'They came with Kubernetes 1.20. Leave out --delivery: the default works with every version.',
  });
}

/** The kubelet's `CredentialProviderConfig` that names the agent, for Google's images and those of `keys`. JSON, which is valid YAML. */
export function pluginConfig({ version }: Dialect, { agent }: NodeLayout, keys: readonly string[] = []): string {
  const name = agent.split('/').at(-1);
  const config = {
    apiVersion: `kubelet.config.k8s.io/${version}`,
    kind: 'CredentialProviderConfig',
    providers: [
      {
        name,
        apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
        // The kubelet names images of Docker Hub by docker.io, whatever its keyring calls it.
        matchImages: [...KUBELET_KEYS, ...keys.map((key) => (key === HUB_KEY ? 'docker.io' : key))],
        defaultCacheDuration: '0s', // each response has its own
        args: ['credential-provider'],
      },
    ],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
