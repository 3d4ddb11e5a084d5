import { KindGcrError } from '../../../core/errors.ts';
import type { NodeLayout } from '../../../core/node/layout.ts';
import { KUBELET_KEYS } from '../../../core/registry/google-hosts.ts';

/** What a kubelet of some version wants to hear to ask a plugin for credentials. */
export interface Dialect {
  /** Version of the `CredentialProviderConfig` and of the questions. */
  readonly version: 'v1' | 'v1beta1' | 'v1alpha1';
  /** Flags without which it would not look at the config. */
  readonly flags: readonly string[];
}

/** The flag that a kubelet from 1.20 to 1.23 needs. */
const GATE = '--feature-gates=KubeletCredentialProviders=true';

/** Every dialect with the first minor release of Kubernetes that speaks it, the newest first. */
export const DIALECTS: readonly (Dialect & { readonly since: number })[] = [
  { version: 'v1', flags: [], since: 26 },
  { version: 'v1beta1', flags: [], since: 24 },
  { version: 'v1alpha1', flags: [GATE], since: 20 },
];

/** The dialect of a kubelet by what `kubelet --version` prints. Throws NODE_FAILED for one that knows no plugins. */
export function kubeletDialect(printed: string): Dialect {
  const [, major = '', minor = ''] = /v(\d+)\.(\d+)\./.exec(printed) ?? [];
  const release = Number(minor);
  const dialect = DIALECTS.find(({ since }) => major === '1' && release >= since);
  if (dialect !== undefined) return dialect;
  throw new KindGcrError('NODE_FAILED', `a kubelet of version "${printed.trim()}" can't ask for credentials`, {
    hint: 'That came with Kubernetes 1.20. Leave --delivery out, which works with every version.',
  });
}

/** The kubelet's `CredentialProviderConfig` that names the agent. JSON, which the kubelet reads as the YAML that it is. */
export function pluginConfig({ version }: Dialect, { agent }: NodeLayout): string {
  const name = agent.split('/').at(-1);
  const config = {
    apiVersion: `kubelet.config.k8s.io/${version}`,
    kind: 'CredentialProviderConfig',
    providers: [
      {
        name,
        apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
        matchImages: KUBELET_KEYS,
        defaultCacheDuration: '0s', // each answer tells its own
        args: ['credential-provider'],
      },
    ],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
