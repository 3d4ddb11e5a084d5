import { expect, test } from 'vitest';
import { createdCluster } from './created-cluster.ts';
import { PULL } from './e2e.ts';
import { gcloudIn } from './gcloud-user.ts';

const cluster = createdCluster('asking', gcloudIn);

const asks = () => cluster.inNode("tr '\\0' '\\n' < /proc/$(pidof kubelet)/cmdline | grep -c credential-provider");
const kubelet = () => cluster.inNode('systemctl show kubelet --property=MainPID,ExecMainStartTimestampMonotonic');

test('create cluster --delivery credential-provider: the first pull is by the plugin, and no kubelet is restarted', async () => {
  const config = await cluster.config(['control-plane'], 'gcr.io/private/app:1');
  const delivery = ['--delivery', 'credential-provider'];
  const created = await cluster.create('--image', cluster.image, '--config', config, ...delivery);
  expect(created.stderr).not.toContain('error');
  expect(created.exitCode).toBe(0);
  expect(await asks()).toBe('2\n');
  expect(
    await cluster.inNode('ls /var/lib/kubelet/config.json /etc/systemd/system/kubelet.service.d/90-* 2>/dev/null'),
  ).toBe('');
  await expect
    .poll(() => cluster.inNode('ctr --namespace k8s.io containers list'), PULL)
    .toContain('gcr.io/private/app:1');
  // The agent's service is started when the cluster stands; kubeadm's own restart of the kubelet is before that.
  const started = async (unit: string) =>
    Number(await cluster.inNode(`systemctl show ${unit} --property=ExecMainStartTimestampMonotonic --value`));
  expect(await started('kubelet')).toBeLessThan(await started('kindgcr-agent'));
});

test('after create cluster --delivery credential-provider a further install changes nothing; one without --delivery goes back to the file', async () => {
  const install = (...more: string[]) => cluster.user.run('kindgcr', 'install', '--name', 'asking', ...more);
  const before = await kubelet();
  expect((await install('--delivery', 'credential-provider')).exitCode).toBe(0);
  expect(await kubelet()).toBe(before);
  expect((await install()).exitCode).toBe(0);
  expect(await asks()).toBe('0\n');
  expect(await cluster.inNode('cat /var/lib/kubelet/config.json')).toContain('gcr.io');
  expect(await cluster.inNode('cat /var/lib/kubelet/kubeadm-flags.env')).toMatch(/^KUBELET_KUBEADM_ARGS="-/);
});
