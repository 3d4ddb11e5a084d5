import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createdCluster } from './created-cluster.ts';
import { PULL } from './e2e.ts';
import { gcloudIn } from './gcloud-user.ts';

const cluster = createdCluster('created', gcloudIn);
const NODES = ['created-control-plane', 'created-worker'];

/** What the user's folder for the nodes' first credentials holds, at any depth. */
const handedIn = async () => {
  const folder = join(cluster.user.home, '.local/state/kindgcr');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return files.filter((_, index) => sizes[index] !== 0).map(({ name }) => name); // locks are empty
};

test("a creation that fails: kind's own words and exit code, and nothing of ours is left", async () => {
  const { stderr, exitCode } = await cluster.create('--image', 'gcr.io/private/no-such-node:1');
  expect(stderr).toMatch(/ERROR: failed to create cluster/);
  expect(stderr).not.toMatch(/^error: /m);
  expect(exitCode).toBe(1);
  expect(await handedIn()).toEqual([]);
  expect(await readdir(cluster.user.home)).not.toContain('.docker');
});

test('kindgcr create cluster: what the kubelets pull first of all is a private image, and it runs', async () => {
  const config = await cluster.config(['control-plane', 'worker'], 'gcr.io/private/app:1');
  const created = await cluster.create('--image', cluster.image, '--config', config, '--wait', '2m');
  expect(created.stderr).not.toContain('error');
  expect(created.stderr).toContain('Set kubectl context to "kind-created"');
  expect(created.exitCode).toBe(0);
  for (const node of NODES) {
    expect(created.stdout).toMatch(new RegExp(`${node} +valid until (\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d \\(`));
    await expect
      .poll(() => cluster.sh('ctr --namespace k8s.io tasks list && ctr --namespace k8s.io containers list', node), PULL)
      .toContain('gcr.io/private/app:1');
    expect(await cluster.sh('journalctl --unit kubelet.service', node)).not.toMatch(
      /pull.*gcr\.io\/private.*(401|403|denied|nauthorized)/,
    );
  }
});

test('kindgcr create cluster restarts no kubelet, and the agent is an ordinary service afterwards', async () => {
  for (const node of NODES) {
    const status = JSON.parse(await cluster.sh('kindgcr-agent status --json', node));
    expect(status).toMatchObject({
      credentials: 'valid',
      source: 'host',
      kubeletRestarts: { count: 0, pending: null },
    });
    expect(
      await cluster.sh('systemctl is-active kindgcr-agent.service; systemctl is-enabled kindgcr-agent.service', node),
    ).toBe('active\nenabled\n');
    expect(await cluster.sh('systemctl cat kubelet.service', node)).not.toContain('kindgcr');
  }
});

test("kindgcr create cluster leaves no secret in the user's home or in what the nodes see of it", async () => {
  expect(await handedIn()).toEqual([]);
  for (const node of NODES) expect(await cluster.sh('ls -A /usr/local/share/kindgcr', node)).toBe('');
});

test('a node of kindgcr create cluster starts again although what it mounted is empty', async () => {
  await cluster.restart('created-worker');
  await expect
    .poll(() => cluster.inNode('systemctl is-active kubelet kindgcr-agent', 'created-worker'), PULL)
    .toBe('active\nactive\n');
});

test('kindgcr create cluster for one that exists already: kind says so, and its nodes keep their agent', async () => {
  const { stderr, exitCode } = await cluster.create('--image', cluster.image);
  expect(stderr).toContain('already exist for a cluster with the name "created"');
  expect(exitCode).toBe(1);
  expect(await cluster.sh('systemctl is-active kindgcr-agent')).toBe('active\n');
  const settings = JSON.parse(await readFile(join(cluster.user.home, '.config/kindgcr/config.json'), 'utf8'));
  expect(settings.clusters).toEqual(['created']);
});

test('Ctrl-C in the middle of kindgcr create cluster: exit 130, and no secret stays', async () => {
  await cluster.kind('delete', 'cluster', '--name', 'created');
  const creating = await cluster.user.start(
    'kindgcr',
    'create',
    'cluster',
    '--name',
    'created',
    '--image',
    cluster.image,
  );
  await creating.prints(/Starting control-plane|Writing configuration/);
  expect(await handedIn()).toContain('logins.json');
  const { exitCode, stderr } = await creating.stop('SIGINT');
  expect(exitCode).toBe(130);
  expect(stderr).toContain('kind delete cluster --name created');
  expect(await handedIn()).toEqual([]);
  expect(await cluster.inNode('ls /etc/kindgcr /usr/local/bin/kindgcr-agent /run/kindgcr')).toBe('');
});
