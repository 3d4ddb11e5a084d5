import { expect, test } from 'vitest';
import { PULL } from './e2e.ts';
import { clusterWorld } from './lab-cluster.ts';

/** A real API server and a real kubelet that has no credentials of its own. */
const world = clusterWorld('secrets', ({ keyFile }) => ({ KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: keyFile }));

const pullSecretsOf = (account: string) =>
  world.kubectl('get', 'serviceaccount', account, '--namespace=apps', '--output=jsonpath={.imagePullSecrets[*].name}');

test("without a pull secret a pod with a private image can't pull it", async () => {
  await world.kubectl('create', 'namespace', 'apps');
  await world.kubectl('create', 'serviceaccount', 'robot', '--namespace=apps');
  await world.kubectl('create', 'serviceaccount', 'other', '--namespace=apps');
  const mine = '{"imagePullSecrets":[{"name":"of-another-hand"}]}';
  await world.kubectl('patch', 'serviceaccount', 'robot', '--namespace=apps', `--patch=${mine}`);
  await expect.poll(() => pullSecretsOf('default').catch(() => 'none yet'), PULL).toBe('');
  await world.kubectl('run', 'before', '--namespace=apps', '--restart=Never', '--image=gcr.io/private/app:1');
  await expect.poll(() => world.podState('apps', 'before'), PULL).toMatch(/ErrImagePull|ImagePullBackOff/);
});

test('kindgcr secret --apply: a pod that names no secret runs', async () => {
  const more = ['--namespace', 'apps', '--service-account', 'default', 'robot', '--registries', 'us-docker.pkg.dev'];
  const apply = await world.user.run('kindgcr', 'secret', '--apply', ...more);
  expect(apply.stderr).toBe('');
  expect(apply.stdout).toMatch(
    /^Secret kindgcr in namespace apps of kind-secrets: pods of default, robot pull as service/,
  );
  expect(apply.exitCode).toBe(0);
  await world.kubectl('run', 'gcr', '--namespace=apps', '--restart=Never', '--image=gcr.io/private/app:2');
  const image = '--image=us-docker.pkg.dev/private/repo/app:3';
  await world.kubectl('run', 'artifact', '--namespace=apps', '--restart=Never', image);
  await expect.poll(() => world.podState('apps', 'gcr'), PULL).toBe('Running');
  await expect.poll(() => world.podState('apps', 'artifact'), PULL).toBe('Running');
});

test('kindgcr secret --apply keeps what others gave the service account, and leaves no copy of the token', async () => {
  expect((await pullSecretsOf('robot')).split(' ').sort()).toEqual(['kindgcr', 'of-another-hand']);
  expect(await pullSecretsOf('other')).toBe('');
  const all = JSON.parse(await world.kubectl('get', 'secret', 'kindgcr', '--namespace=apps', '--output=json'));
  expect(Object.keys(all.metadata.annotations)).toEqual(['kindgcr/expires-at']);
  expect(new Date(all.metadata.annotations['kindgcr/expires-at']).getTime()).toBeGreaterThan(Date.now());
});

test('a second kindgcr secret --apply changes the token and adds nothing twice', async () => {
  const data = () => world.kubectl('get', 'secret', 'kindgcr', '--namespace=apps', '--output=jsonpath={.data}');
  const before = await data();
  const apply = await world.user.run('kindgcr', 'secret', '--apply', '-n', 'apps', '--context', 'kind-secrets');
  expect(apply.exitCode).toBe(0);
  expect(await data()).not.toBe(before);
  expect(await pullSecretsOf('default')).toBe('kindgcr');
});

test('kindgcr secret prints a manifest that the API server takes, for whole host names', async () => {
  const printed = await world.user.run('kindgcr', 'secret', '--namespace', 'apps', 'default', '--name', 'mine');
  expect(printed.exitCode).toBe(0);
  expect(printed.stderr).toMatch(/valid until .*\d\d:\d\d \(\d+ min\).*password/);
  const [first = '', second] = printed.stdout.split('---\n');
  expect(second).toContain('namespace: "default"');
  const config = Buffer.from(/dockerconfigjson: (\S+)/.exec(first)?.[1] ?? '', 'base64').toString();
  expect(Object.keys(JSON.parse(config).auths)).toEqual(['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io']);
  const dryRun = `kindgcr secret -n apps --name mine 2>/dev/null | kubectl apply --dry-run=server -o name -f -`;
  expect((await world.user.run('sh', '-c', dryRun)).stdout).toBe('secret/mine\n');
});

test('a secret of that name that another hand made is left alone: exit 12', async () => {
  await world.kubectl('create', 'secret', 'generic', 'theirs', '--namespace=apps', '--from-literal=a=b');
  for (const action of ['--apply', '--remove']) {
    const refused = await world.user.run('kindgcr', 'secret', action, '-n', 'apps', '--name', 'theirs');
    expect(refused.stderr).toMatch(
      /^error: the secret "theirs" in namespace "apps" was not created by kindgcr.*\nhint: /,
    );
    expect(refused.exitCode).toBe(12);
  }
  expect(await world.kubectl('get', 'secret', 'theirs', '--namespace=apps', '--output=jsonpath={.data.a}')).toBe(
    'Yg==',
  );
  expect(await pullSecretsOf('default')).toBe('kindgcr');
});

test("a namespace or context that there isn't: kubectl's own words, and what to do", async () => {
  const namespace = await world.user.run('kindgcr', 'secret', '--apply', '-n', 'nowhere');
  expect(namespace.stderr).toMatch(/^error: kubectl failed: namespaces "nowhere" not found\nhint: Create it first/);
  const context = await world.user.run('kindgcr', 'secret', '--apply', '--context', 'nobody');
  expect(context.stderr).toMatch(/^error: kubectl failed: .*context.*\nhint: List the contexts: kubectl config/);
  expect([namespace.exitCode, context.exitCode]).toEqual([12, 12]);
});

test('kindgcr secret --remove takes it out, and the service accounts are as they were', async () => {
  const more = ['--namespace', 'apps', '--service-account', 'default', 'robot'];
  const remove = await world.user.run('kindgcr', 'secret', '--remove', ...more);
  expect(remove.stdout).toBe('Secret kindgcr in namespace apps of kind-secrets was removed\n');
  expect(await pullSecretsOf('default')).toBe('');
  expect(await pullSecretsOf('robot')).toBe('of-another-hand');
  const again = await world.user.run('kindgcr', 'secret', '--remove', ...more);
  expect(again.stdout).toContain('is not there');
});
