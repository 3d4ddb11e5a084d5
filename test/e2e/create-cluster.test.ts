import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { labServices } from '../support/lab-services.ts';
import { type RunResult, run } from '../support/run.ts';
import { clusterImage } from './cluster-image.ts';
import { gcloudIn } from './gcloud-person.ts';
import { type Person, person } from './person.ts';

const lab = inject('lab');
const NODES = ['created-control-plane', 'created-worker'];
const PULL = { timeout: 120_000, interval: 1000 };

let someone: Person;
let image: string;

if ('obstacle' in lab) beforeEach((context) => context.skip(lab.obstacle));
else {
  beforeAll(async () => {
    someone = await person(lab, await gcloudIn(lab, await labServices(lab.services)));
    image = await clusterImage(lab);
    await kind('delete', 'cluster', '--name', 'created');
  });
  afterAll(async () => {
    if (process.env.KINDGCR_E2E_KEEP === '1') return;
    await kind('delete', 'cluster', '--name', 'created');
    await someone?.remove();
  });
}

const env = 'obstacle' in lab ? {} : lab.env;
const kind = (...args: string[]) => someone.run('kind', ...args, '--kubeconfig', join(someone.home, 'kubeconfig'));
const create = (...args: string[]) =>
  someone.run(
    'kindgcr',
    'create',
    'cluster',
    '--name',
    'created',
    '--kubeconfig',
    `${someone.home}/kubeconfig`,
    ...args,
  );
const inNode = (node: string, script: string) => run('docker', ['exec', node, 'sh', '-c', script], { env });
const sh = async (node: string, script: string) => must(await inNode(node, script)).stdout;

/** What the person's folder for the nodes' first credentials holds, at any depth. */
const handedIn = async () => {
  const entries = await readdir(join(someone.home, '.local/state/kindgcr'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
};

function must(result: RunResult): RunResult {
  if (result.exitCode !== 0) throw new Error(`exit code ${result.exitCode}: ${result.stderr.slice(-2000)}`);
  return result;
}

test('a creation that fails: kind’s own words and exit code, and nothing of ours is left', async () => {
  const { stderr, exitCode } = await create('--image', 'gcr.io/private/no-such-node:1');
  expect(stderr).toMatch(/ERROR: failed to create cluster/);
  expect(stderr).not.toMatch(/^error: /m);
  expect(exitCode).toBe(1);
  expect(await handedIn()).toEqual([]);
  expect(await readdir(someone.home)).not.toContain('.docker');
});

test('kindgcr create cluster: what the kubelets pull first of all is a private image, and it runs', async () => {
  // A static pod that is there before the kubelet is: its image is the first that this kubelet pulls.
  const pod = join(someone.home, 'first.yaml');
  await writeFile(
    pod,
    'apiVersion: v1\nkind: Pod\nmetadata: { name: first, namespace: default }\nspec:\n  containers: [{ name: app, image: "gcr.io/private/app:1" }]\n',
  );
  const config = join(someone.home, 'kind.yaml');
  await writeFile(
    config,
    `# ours
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking: { ipFamily: ipv4, disableDefaultCNI: true }
nodes:
  - role: control-plane
    extraMounts: [{ hostPath: ${pod}, containerPath: /etc/kubernetes/manifests/first.yaml }]
  - role: worker
    extraMounts: [{ hostPath: ${pod}, containerPath: /etc/kubernetes/manifests/first.yaml }]
`,
  );
  const created = await create('--image', image, '--config', config, '--wait', '2m');
  expect(created.stderr).not.toContain('error');
  expect(created.stderr).toContain('Set kubectl context to "kind-created"');
  expect(created.exitCode).toBe(0);
  for (const node of NODES) {
    expect(created.stdout).toMatch(new RegExp(`${node} +valid until \\d{4}-\\d\\d-\\d\\dT`));
    await expect
      .poll(() => sh(node, 'ctr --namespace k8s.io tasks list && ctr --namespace k8s.io containers list'), PULL)
      .toContain('gcr.io/private/app:1');
    expect(await sh(node, 'journalctl --unit kubelet.service')).not.toMatch(
      /pull.*gcr\.io\/private.*(401|403|denied|nauthorized)/,
    );
  }
});

test('kindgcr create cluster restarts no kubelet, and the agent is an ordinary service afterwards', async () => {
  for (const node of NODES) {
    const status = JSON.parse(await sh(node, 'kindgcr-agent status --json'));
    expect(status).toMatchObject({
      credentials: 'valid',
      source: 'host',
      kubeletRestarts: { count: 0, pending: null },
    });
    expect(
      await sh(node, 'systemctl is-active kindgcr-agent.service; systemctl is-enabled kindgcr-agent.service'),
    ).toBe('active\nenabled\n');
    expect(await sh(node, 'systemctl cat kubelet.service')).not.toContain('kindgcr');
  }
});

test('kindgcr create cluster leaves no secret in the person’s home or in what the nodes see of it', async () => {
  expect(await handedIn()).toEqual([]);
  for (const node of NODES) expect(await sh(node, 'ls -A /usr/local/share/kindgcr')).toBe('');
});

test('a node of kindgcr create cluster starts again although what it mounted is empty', async () => {
  await run('docker', ['restart', 'created-worker'], { env, timeout: 60_000 });
  await expect
    .poll(async () => (await inNode('created-worker', 'systemctl is-active kubelet kindgcr-agent')).stdout, PULL)
    .toBe('active\nactive\n');
});

test('kindgcr create cluster for one that exists already: kind says so, and its nodes keep their agent', async () => {
  const { stderr, exitCode } = await create('--image', image);
  expect(stderr).toContain('already exist for a cluster with the name "created"');
  expect(exitCode).toBe(1);
  expect(await sh('created-control-plane', 'systemctl is-active kindgcr-agent')).toBe('active\n');
  const settings = JSON.parse(await readFile(join(someone.home, '.config/kindgcr/config.json'), 'utf8'));
  expect(settings.clusters).toEqual(['created']);
});

test('Ctrl-C in the middle of kindgcr create cluster: exit 130, and no secret stays', async () => {
  await kind('delete', 'cluster', '--name', 'created');
  const creating = await someone.start('kindgcr', 'create', 'cluster', '--name', 'created', '--image', image);
  await creating.prints(/Starting control-plane|Writing configuration/);
  expect(await handedIn()).toContain('logins.json');
  const { exitCode, stderr } = await creating.stop('SIGINT');
  expect(exitCode).toBe(130);
  expect(stderr).toContain('kind delete cluster --name created');
  expect(await handedIn()).toEqual([]);
  expect(
    (await inNode('created-control-plane', 'ls /etc/kindgcr /usr/local/bin/kindgcr-agent /run/kindgcr')).stdout,
  ).toBe('');
});
