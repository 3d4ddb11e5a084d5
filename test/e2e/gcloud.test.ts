import { expect, test } from 'vitest';
import { e2e, PULL } from './e2e.ts';
import { gcloudIn } from './gcloud-user.ts';

const world = e2e('gcloud', gcloudIn);

test('kindgcr install with gcloud sends the node a token, and a private image runs', async () => {
  const { node, user } = world;
  await node.runPod('app', 'gcr.io/private/app:1');
  await expect.poll(async () => (await node.podState('app'))?.waiting, PULL).toMatch(/ErrImagePull|ImagePullBackOff/);
  const install = await user.run('kindgcr', 'install', '--name', 'gcloud', '--source', 'gcloud');
  expect(install.stderr).not.toContain('error');
  expect(install.exitCode).toBe(0);
  expect(install.stdout).toMatch(/kindgcr refresh --name gcloud/);
  await expect.poll(() => node.podState('app'), PULL).toMatchObject({ phase: 'Running' });
});

test('no credential that lives longer than the token is in the node', async () => {
  const { node } = world;
  expect(await node.sh('ls /etc/kindgcr')).not.toContain('key');
  const keys = 'grep -rlE "PRIVATE KEY|refresh_token|client_secret" /etc/kindgcr /var/lib/kindgcr /run/kindgcr || true';
  expect(await node.sh(keys)).toBe('');
  expect(await node.sh('stat -f -c %T /run/kindgcr/logins.json')).toBe('tmpfs\n');
});

test('kindgcr refresh sends a fresh token, and the kubelet is not restarted for it', async () => {
  const { node, user } = world;
  const starts = await node.kubeletStarts();
  const refresh = await user.run('kindgcr', 'refresh', '--name', 'gcloud');
  expect(refresh.stderr).toBe('');
  expect(refresh.stdout).toMatch(/gcloud-control-plane {2}valid until/);
  expect(await node.kubeletStarts()).toBe(starts);
});

test('after docker restart a token that is still alive still pulls', async () => {
  const { node } = world;
  await node.docker('restart', node.name);
  await node.runPod('afterwards', 'us-docker.pkg.dev/private/repo/app:2');
  await expect.poll(() => node.podState('afterwards'), PULL).toMatchObject({ phase: 'Running' });
});
