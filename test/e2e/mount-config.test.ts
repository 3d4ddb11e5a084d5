import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { labServices } from '../support/lab-services.ts';
import { run } from '../support/run.ts';
import { clusterImage } from './cluster-image.ts';
import { gcloudIn } from './gcloud-person.ts';
import { type Person, person } from './person.ts';

const lab = inject('lab');
const NODE = 'mounted-control-plane';
const PULL = { timeout: 120_000, interval: 1000 };

let someone: Person;
let image: string;

if ('obstacle' in lab) beforeEach((context) => context.skip(lab.obstacle));
else {
  beforeAll(async () => {
    someone = await person(lab, await gcloudIn(lab, await labServices(lab.services)));
    image = await clusterImage(lab);
    await kind('delete', 'cluster', '--name', 'mounted');
  });
  afterAll(async () => {
    if (process.env.KINDGCR_E2E_KEEP === '1') return;
    await kind('delete', 'cluster', '--name', 'mounted');
    await someone?.remove();
  });
}

const env = 'obstacle' in lab ? {} : lab.env;
const kubeconfig = () => ['--kubeconfig', join(someone.home, 'kubeconfig')];
const kind = (...args: string[]) => someone.run('kind', ...args, ...kubeconfig());
const inNode = async (script: string) => (await run('docker', ['exec', NODE, 'sh', '-c', script], { env })).stdout;
const folder = () => join(someone.home, '.local/state/kindgcr/clusters/of-mounted/docker');
/** Which file the node sees. */
const seen = () => inNode('stat -c %i /.docker/config.json');
const config = () => readFile(join(folder(), 'config.json'), 'utf8');

/** Has the kubelet run an image by a manifest of its own, which needs no scheduler and no network. */
const runPod = (name: string, appImage: string) =>
  inNode(
    `echo '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}"},"spec":{"hostNetwork":true,"containers":[{"name":"app","image":"${appImage}"}]}}' > /tmp/${name}.json && mv /tmp/${name}.json /etc/kubernetes/manifests/${name}.json`,
  );
const running = () => inNode('ctr --namespace k8s.io containers list');

test('create cluster --mount-config: the kubelet pulls by a mounted config, with no agent and no restart', async () => {
  const config = join(someone.home, 'kind.yaml');
  const networking = 'networking: { ipFamily: ipv4, disableDefaultCNI: true }';
  await writeFile(config, `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n${networking}\n`);
  const flags = ['--name', 'mounted', '--image', image, '--config', config, ...kubeconfig()];
  const created = await someone.run('kindgcr', 'create', 'cluster', '--mount-config', ...flags);
  expect(created.stderr).not.toContain('error');
  expect(created.stdout).toMatch(/^Nodes of "mounted" read a config that is mounted from this machine/);
  expect(created.exitCode).toBe(0);
  await runPod('first', 'gcr.io/private/app:1');
  await expect.poll(running, PULL).toContain('gcr.io/private/app:1');
  expect(await inNode('ls /usr/local/bin/kindgcr* /etc/kindgcr /var/lib/kubelet/config.json 2>/dev/null')).toBe('');
  expect(await inNode('systemctl cat kubelet')).not.toContain('kindgcr');
});

test('a mounted config is for the person’s eyes alone, and status tells how it is', async () => {
  expect((await stat(folder())).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder(), 'config.json'))).mode & 0o777).toBe(0o600);
  const { stdout } = await someone.run('kindgcr', 'status');
  expect((await someone.run('kindgcr', 'doctor')).stdout).toContain('its kubelet reads a mounted config, valid until');
  expect(stdout).toMatch(/^mounted +mounted-control-plane +none +mounted from here$/m);
});

test('a mounted config is renewed where the node sees it: by refresh, by watch when it is due', async () => {
  const first = await seen();
  expect((await someone.run('kindgcr', 'refresh', '--name', 'mounted')).exitCode).toBe(0);
  const second = await seen();
  expect(second).not.toBe(first);
  expect((await someone.run('kindgcr', 'watch', '--once')).exitCode).toBe(0);
  expect(await seen()).toBe(second); // not due
  const times = join(folder(), '../mounted.json');
  await writeFile(times, (await readFile(times, 'utf8')).replace(/("renewAt":")\d+/, '$12001'));
  const watched = await someone.run('kindgcr', 'watch', '--once');
  expect(watched.stdout + watched.stderr).toContain('wrote a mounted config anew');
  expect(await seen()).not.toBe(second);
  expect(await inNode('cat /.docker/config.json')).toBe(await config());
  expect(await inNode('ls /usr/local/bin/kindgcr* 2>/dev/null')).toBe('');
});

test('uninstall takes the login out of a mounted config, and the node starts again without', async () => {
  expect((await someone.run('kindgcr', 'uninstall', '--name', 'mounted')).exitCode).toBe(0);
  expect(await readdir(folder())).toEqual([]);
  await run('docker', ['restart', NODE], { env, timeout: 60_000 });
  await expect.poll(() => inNode('systemctl is-active kubelet'), PULL).toBe('active\n');
});
