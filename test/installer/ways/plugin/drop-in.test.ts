import { expect, test } from 'vitest';
import { nodeLayout } from '../../../../core/node/layout.ts';
import { kubeletDialect, pluginConfig } from '../../../../installer/ways/plugin/dialect.ts';
import { pluginDropIn } from '../../../../installer/ways/plugin/drop-in.ts';

const layout = nodeLayout();

/** As `systemctl cat kubelet.service` shows it in a kind node. */
const UNIT = `# /etc/systemd/system/kubelet.service
[Service]
ExecStart=/usr/bin/kubelet
Restart=always

# /etc/systemd/system/kubelet.service.d/10-kubeadm.conf
[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS \\
  $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS

# /etc/systemd/system/kubelet.service.d/11-kind.conf
[Service]
ExecStartPre=/bin/sh -euc "true"
`;

test.each([
  ['Kubernetes v1.20.2', 'v1alpha1', true],
  ['Kubernetes v1.23.17', 'v1alpha1', true],
  ['Kubernetes v1.24.0', 'v1beta1', false],
  ['Kubernetes v1.25.16', 'v1beta1', false],
  ['Kubernetes v1.26.0', 'v1', false],
  ['Kubernetes v1.35.0-beta.1', 'v1', false],
])('a kubelet that prints %s gets the API version %s', (printed, version, hasGate) => {
  const dialect = kubeletDialect(`${printed}\n`);
  expect(dialect.version).toBe(version);
  expect(dialect.flags.join()).toBe(hasGate ? '--feature-gates=KubeletCredentialProviders=true' : '');
  expect(JSON.parse(pluginConfig(dialect, layout))).toEqual({
    apiVersion: `kubelet.config.k8s.io/${version}`,
    kind: 'CredentialProviderConfig',
    providers: [
      {
        name: 'kindgcr-agent',
        apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
        matchImages: ['gcr.io', '*.gcr.io', '*-docker.pkg.dev', 'docker.*.rep.pkg.dev'],
        defaultCacheDuration: '0s',
        args: ['credential-provider'],
      },
    ],
  });
});

test.each(['Kubernetes v1.19.16', 'Kubernetes v2.0.0', 'what?'])(
  'a kubelet that says %s is taken for one without plugins',
  (printed) => {
    expect(() => kubeletDialect(printed)).toThrow(/has no credential providers/);
  },
);

test('the kubelet starts as before, with two flags more; written twice it is the same', () => {
  const dialect = kubeletDialect('Kubernetes v1.31.0');
  const dropIn = pluginDropIn(UNIT, dialect, layout);
  expect(dropIn.split('\n').slice(1)).toEqual([
    '[Service]',
    'ExecStart=',
    'ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS --image-credential-provider-config=/etc/kindgcr/credential-provider.json --image-credential-provider-bin-dir=/usr/local/bin',
    '',
  ]);
  expect(pluginDropIn(`${UNIT}\n# ${layout.pluginDropIn}\n${dropIn}`, dialect, layout)).toBe(dropIn);
});

test('a kubelet that asks another plugin is left alone', () => {
  const other = `${UNIT}\n# /etc/systemd/system/kubelet.service.d/30-ecr.conf\n[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --image-credential-provider-config=/etc/ecr.yaml\n`;
  expect(() => pluginDropIn(other, kubeletDialect('v1.31.0'), layout)).toThrow(/another credential provider/);
});
