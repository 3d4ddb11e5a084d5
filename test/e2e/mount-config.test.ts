import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createdCluster } from './created-cluster.ts';
import { PULL } from './e2e.ts';
import { gcloudIn } from './gcloud-user.ts';

const cluster = createdCluster('mounted', gcloudIn);

const folder = () => join(cluster.user.home, '.local/state/kindgcr/clusters/of-mounted/docker');
/** Which file the node sees. */
const seen = () => cluster.inNode('stat -c %i /.docker/config.json');
const config = () => readFile(join(folder(), 'config.json'), 'utf8');

/** Has the kubelet run an image by a manifest of its own, which needs no scheduler and no network. */
const runPod = (name: string, appImage: string) =>
  cluster.inNode(
    `echo '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}"},"spec":{"hostNetwork":true,"containers":[{"name":"app","image":"${appImage}"}]}}' > /tmp/${name}.json && mv /tmp/${name}.json /etc/kubernetes/manifests/${name}.json`,
  );
const running = () => cluster.inNode('ctr --namespace k8s.io containers list');

test('create cluster --mount-config: the kubelet pulls by a mounted config, with no agent and no restart', async () => {
  const config = await cluster.config(['control-plane']);
  const created = await cluster.create('--mount-config', '--image', cluster.image, '--config', config);
  expect(created.stderr).not.toContain('error');
  expect(created.stdout).toMatch(/^Nodes of "mounted" read a config that is mounted from this machine/);
  expect(created.exitCode).toBe(0);
  await runPod('first', 'gcr.io/private/app:1');
  await expect.poll(running, PULL).toContain('gcr.io/private/app:1');
  expect(await cluster.inNode('ls /usr/local/bin/kindgcr* /etc/kindgcr /var/lib/kubelet/config.json 2>/dev/null')).toBe(
    '',
  );
  expect(await cluster.inNode('systemctl cat kubelet')).not.toContain('kindgcr');
});

test('only the user can read a mounted config, and status prints its health', async () => {
  expect((await stat(folder())).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder(), 'config.json'))).mode & 0o777).toBe(0o600);
  const { stdout } = await cluster.user.run('kindgcr', 'status');
  expect((await cluster.user.run('kindgcr', 'doctor')).stdout).toContain(
    'its kubelet reads a mounted config, valid until',
  );
  expect(stdout).toMatch(/^mounted +mounted-control-plane +none +mounted, until [-\d: ]+\(\d+ min\)$/m);
});

test('a mounted config is renewed where the node sees it: by refresh, by watch when it is due', async () => {
  const first = await seen();
  expect((await cluster.user.run('kindgcr', 'refresh', '--name', 'mounted')).exitCode).toBe(0);
  const second = await seen();
  expect(second).not.toBe(first);
  expect((await cluster.user.run('kindgcr', 'watch', '--once')).exitCode).toBe(0);
  expect(await seen()).toBe(second); // not due
  const times = join(folder(), '../mounted.json');
  await writeFile(times, (await readFile(times, 'utf8')).replace(/("renewAt":")\d+/, '$12001'));
  const watched = await cluster.user.run('kindgcr', 'watch', '--once');
  expect(watched.stdout + watched.stderr).toContain('renewed a mounted config');
  expect(await seen()).not.toBe(second);
  expect(await cluster.inNode('cat /.docker/config.json')).toBe(await config());
  expect(await cluster.inNode('ls /usr/local/bin/kindgcr* 2>/dev/null')).toBe('');
});

test('uninstall takes the login out of a mounted config, and the node starts again without', async () => {
  expect((await cluster.user.run('kindgcr', 'uninstall', '--name', 'mounted')).exitCode).toBe(0);
  expect(await readdir(folder())).toEqual([]);
  await cluster.restart();
  await expect.poll(() => cluster.inNode('systemctl is-active kubelet'), PULL).toBe('active\n');
});
