import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { labServices } from '../support/lab-services.ts';
import { run } from '../support/run.ts';
import { clusterImage } from './cluster-image.ts';
import { gcloudIn } from './gcloud-person.ts';
import { type Person, person } from './person.ts';

const lab = inject('lab');
const NODE = 'asking-control-plane';
const PULL = { timeout: 120_000, interval: 1000 };

let someone: Person;
let image: string;

if ('obstacle' in lab) beforeEach((context) => context.skip(lab.obstacle));
else {
  beforeAll(async () => {
    someone = await person(lab, await gcloudIn(lab, await labServices(lab.services)));
    image = await clusterImage(lab);
    await kind('delete', 'cluster', '--name', 'asking');
  });
  afterAll(async () => {
    if (process.env.KINDGCR_E2E_KEEP === '1') return;
    await kind('delete', 'cluster', '--name', 'asking');
    await someone?.remove();
  });
}

const env = 'obstacle' in lab ? {} : lab.env;
const kubeconfig = () => ['--kubeconfig', join(someone.home, 'kubeconfig')];
const kind = (...args: string[]) => someone.run('kind', ...args, ...kubeconfig());
const inNode = async (script: string) => (await run('docker', ['exec', NODE, 'sh', '-c', script], { env })).stdout;
const asks = () => inNode("tr '\\0' '\\n' < /proc/$(pidof kubelet)/cmdline | grep -c credential-provider");
const kubelet = () => inNode('systemctl show kubelet --property=MainPID,ExecMainStartTimestampMonotonic');

test('create cluster --delivery credential-provider: the first pull is by the plugin, and no kubelet is restarted', async () => {
  const pod = join(someone.home, 'first.yaml');
  const manifest = 'apiVersion: v1\nkind: Pod\nmetadata: { name: first, namespace: default }\n';
  await writeFile(pod, `${manifest}spec:\n  containers: [{ name: app, image: "gcr.io/private/app:1" }]\n`);
  const config = join(someone.home, 'kind.yaml');
  await writeFile(
    config,
    `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking: { ipFamily: ipv4, disableDefaultCNI: true }
nodes:
  - role: control-plane
    extraMounts: [{ hostPath: ${pod}, containerPath: /etc/kubernetes/manifests/first.yaml }]
`,
  );
  const flags = ['--name', 'asking', '--image', image, '--config', config, ...kubeconfig()];
  const created = await someone.run('kindgcr', ...['create', 'cluster', '--delivery', 'credential-provider', ...flags]);
  expect(created.stderr).not.toContain('error');
  expect(created.exitCode).toBe(0);
  expect(await asks()).toBe('2\n');
  expect(await inNode('ls /var/lib/kubelet/config.json /etc/systemd/system/kubelet.service.d/90-* 2>/dev/null')).toBe(
    '',
  );
  await expect.poll(() => inNode('ctr --namespace k8s.io containers list'), PULL).toContain('gcr.io/private/app:1');
  // The agent's service is started when the cluster stands; kubeadm's own restart of the kubelet is before that.
  const started = async (unit: string) =>
    Number(await inNode(`systemctl show ${unit} --property=ExecMainStartTimestampMonotonic --value`));
  expect(await started('kubelet')).toBeLessThan(await started('kindgcr-agent'));
});

test('after create cluster --delivery credential-provider a further install changes nothing; one without --delivery goes back to the file', async () => {
  const install = (...more: string[]) => someone.run('kindgcr', 'install', '--name', 'asking', ...more);
  const before = await kubelet();
  expect((await install('--delivery', 'credential-provider')).exitCode).toBe(0);
  expect(await kubelet()).toBe(before);
  expect((await install()).exitCode).toBe(0);
  expect(await asks()).toBe('0\n');
  expect(await inNode('cat /var/lib/kubelet/config.json')).toContain('gcr.io');
  expect(await inNode('cat /var/lib/kubelet/kubeadm-flags.env')).toMatch(/^KUBELET_KUBEADM_ARGS="-/);
});
