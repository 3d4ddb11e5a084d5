import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { e2e, PULL } from './e2e.ts';
import { startLabNode } from './lab-node.ts';

const world = e2e('ways');
const CONFIG = '/var/lib/kubelet/config.json';

const install = (...more: string[]) =>
  world.user.run('kindgcr', 'install', '--name', 'ways', '--keyfile', world.services.keyFile, ...more);
const kubeletFlags = () =>
  world.node.sh("tr '\\0' '\\n' < /proc/$(pidof kubelet)/cmdline | grep credential-provider || true");
const question = (image: string, version = 'v1') =>
  JSON.stringify({
    kind: 'CredentialProviderRequest',
    apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
    image,
  });
const ask = (image: string, version?: string) =>
  world.node.exec(['env', '-i', '/usr/local/bin/kindgcr-agent', 'credential-provider'], question(image, version));

test('--delivery credential-provider: the kubelet asks the agent at a pull, and nothing is written for it', async () => {
  const { node } = world;
  const starts = await node.kubeletStarts();
  const done = await install('--delivery', 'credential-provider');
  expect(done.stderr).not.toContain('error');
  expect(done.exitCode).toBe(0);
  await node.runPod('gcr', 'gcr.io/private/app:1');
  await node.runPod('artifact', 'us-docker.pkg.dev/private/repo/app:2');
  await expect.poll(() => node.podState('gcr'), PULL).toMatchObject({ phase: 'Running' });
  await expect.poll(() => node.podState('artifact'), PULL).toMatchObject({ phase: 'Running' });
  expect(await node.sh(`ls ${CONFIG} 2>/dev/null || true`)).toBe('');
  expect(await node.kubeletStarts()).toBe(starts + 1);
});

test('--delivery credential-provider: a second install restarts nothing', async () => {
  const starts = await world.node.kubeletStarts();
  expect((await install('--delivery', 'credential-provider')).exitCode).toBe(0);
  expect(await world.node.kubeletStarts()).toBe(starts);
});

test('--delivery credential-provider: watch brings a node that joins later to ask, too', async () => {
  const late = await startLabNode('ways', world.lab, 'worker');
  try {
    const watched = await world.user.run('kindgcr', 'watch', '--once');
    expect(watched.exitCode).toBe(0);
    const flags = await late.sh("tr '\\0' '\\n' < /proc/$(pidof kubelet)/cmdline");
    expect(flags).toContain('--image-credential-provider-config=/etc/kindgcr/');
    expect(await late.sh(`ls ${CONFIG} 2>/dev/null || true`)).toBe('');
  } finally {
    await late.remove();
  }
});

test('the plugin answers with no environment at all, in the version that it is asked in; other registries get none', async () => {
  for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
    const { stdout, stderr, exitCode } = await ask('gcr.io/private/app:1', version);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout)).toEqual({
      kind: 'CredentialProviderResponse',
      apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
      cacheKeyType: 'Registry',
      cacheDuration: expect.stringMatching(/^\d{4}s$/),
      auth: { 'gcr.io': { username: 'oauth2accesstoken', password: expect.stringMatching(/./) } },
    });
  }
  expect(JSON.parse((await ask('quay.io/a/b')).stdout)).toMatchObject({ auth: {}, cacheDuration: '0s' });
});

test('the plugin fetches a login by itself where there is no service and nothing cached; an invalid request fails', async () => {
  const { node } = world;
  await node.sh('systemctl stop kindgcr-agent.service; rm -f /run/kindgcr/logins.json');
  const { stdout, stderr } = await ask('gcr.io/private/app:1');
  expect(stderr).not.toContain('error');
  expect(await world.services.isValid(JSON.parse(stdout).auth['gcr.io'].password)).toBe(true);
  await node.sh('systemctl start kindgcr-agent.service');
  const wrong = await node.exec(['kindgcr-agent', 'credential-provider'], '{"kind":"Pod"}');
  expect(wrong.stdout).toBe('');
  expect(wrong.stderr).toMatch(/^error: stdin is not a CredentialProviderRequest/);
  expect(wrong.exitCode).toBe(2);
});

test('an install without --delivery goes back to the file', async () => {
  expect(await kubeletFlags()).toContain('credential-provider');
  expect((await install()).exitCode).toBe(0);
  expect(await kubeletFlags()).toBe('');
  expect(Object.keys(JSON.parse(await world.node.sh(`cat ${CONFIG}`)).auths)).toContain('gcr.io');
});

test('--static that fails over an agent: the agent of before is at work again, with its own key', async () => {
  const { node } = world;
  const has = () => node.sh('sha256sum /etc/kindgcr/* /etc/systemd/system/kindgcr-agent.service | grep -v agent.sum');
  const before = await has();
  expect(before).toContain('/etc/kindgcr/key.json');
  await node.sh(`mount --bind ${CONFIG} ${CONFIG} && mount -o remount,ro,bind ${CONFIG}`); // nobody can write the key
  const failed = await install('--static');
  await node.sh(`umount ${CONFIG}`);
  expect(failed.exitCode).toBe(7);
  expect(failed.stderr).toContain('restoring what was there before');
  expect(await has()).toBe(before);
  expect(await node.sh('systemctl is-enabled kindgcr-agent; systemctl is-active kindgcr-agent')).toBe(
    'enabled\nactive\n',
  );
  expect(await node.sh('ls -d /usr/local/bin/kindgcr-agent.* /run/kindgcr-before 2>/dev/null || true')).toBe('');
  expect(JSON.parse(await node.sh('kindgcr-agent status --json'))).toMatchObject({ credentials: 'valid', failures: 0 });
});

test('--static --dry-run says what would be done, and the key goes nowhere', async () => {
  const traces = () => world.node.sh(`sha256sum /etc/kindgcr/* ${CONFIG}; systemctl is-active kindgcr-agent`);
  await world.node.sh('kindgcr-agent once'); // an agent that was restored renews its token at its first reconcile
  const before = await traces();
  const { stdout, exitCode } = await install('--static', '--dry-run');
  expect(stdout).toContain('  ways-control-plane: disable its service, write the key\n');
  expect(exitCode).toBe(0);
  const planned = JSON.parse((await install('--static', '--dry-run', '--output', 'json')).stdout);
  expect(planned).toMatchObject({ dryRun: true, nodes: [{ name: 'ways-control-plane' }] });
  expect(await traces()).toBe(before);
});

test('--static writes the key itself, says what that means, and leaves no agent running', async () => {
  const { node } = world;
  const done = await install('--static');
  expect(done.stderr).not.toContain('error');
  expect(done.exitCode).toBe(0);
  expect(done.stdout).toMatch(/which never expires:\n {2}✓ ways-control-plane +valid, never expires\n/);
  expect(done.stdout).toMatch(/The key itself is now in these nodes[\s\S]*gcloud iam service-accounts keys delete/);
  expect(done.stdout + done.stderr).not.toContain('PRIVATE KEY');
  const { auth } = JSON.parse(await node.sh(`cat ${CONFIG}`)).auths['gcr.io'];
  expect(Buffer.from(auth, 'base64').toString()).toMatch(/^_json_key:\{/);
  expect(await node.sh(`stat -c %a ${CONFIG}`)).toBe('600\n');
  expect(await node.sh('pgrep -x kindgcr-agent || true')).toBe('');
  expect(await node.sh('ls /etc/kindgcr')).not.toContain('key.json');
  await node.runPod('static', 'gcr.io/private/app:4');
  await expect.poll(() => node.podState('static'), PULL).toMatchObject({ phase: 'Running' });
});

test('status, doctor and watch know a node that holds the key, and leave it so', async () => {
  const { node, user } = world;
  const status = await user.run('kindgcr', 'status');
  expect(status.stdout).toMatch(/^ways +ways-control-plane +none +the key itself$/m);
  expect(status.stderr).toBe('');
  const doctor = await user.run('kindgcr', 'doctor');
  expect(doctor.stdout).toMatch(/! ways-control-plane: no agent: the service account key itself is in/);
  expect(doctor.stdout).not.toMatch(/✗ ways-control-plane/);
  const watched = await user.run('kindgcr', 'watch', '--once');
  expect(watched.exitCode).toBe(0);
  expect(await node.sh('pgrep -x kindgcr-agent || true')).toBe('');
});

test('an install that fails over a key in the node leaves the key there, and no agent', async () => {
  const { node, user } = world;
  const has = () => node.sh(`sha256sum ${CONFIG} /etc/kindgcr/agent.json /usr/local/bin/kindgcr-agent`);
  const before = await has();
  const broken = join(user.home, 'broken-agent');
  await writeFile(broken, '#!/bin/sh\nexit 1\n');
  const flags = ['install', '--name', 'ways', '--keyfile', world.services.keyFile];
  const failed = await user.run('env', `KINDGCR_AGENT=${broken}`, 'kindgcr', ...flags);
  expect(failed.exitCode).toBe(7);
  expect(await has()).toBe(before);
  expect(await node.sh('ls /etc/systemd/system/kindgcr-agent.service /etc/kindgcr/key.json 2>/dev/null || true')).toBe(
    '',
  );
  expect(JSON.parse(await node.sh('kindgcr-agent status --json'))).toMatchObject({ credentials: 'valid' });
});

test('--static with --output json answers as the usual install does', async () => {
  const { stdout, exitCode } = await install('--static', '--output', 'json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    account: expect.stringContaining('service account'),
    nodes: [{ name: 'ways-control-plane', outcome: 'done', status: { credentials: 'valid' } }],
  });
});

test('--static with the plugin: one sentence, exit 2', async () => {
  const refused = await install('--static', '--delivery', 'credential-provider');
  expect(refused.stderr).toMatch(/^error: --static can't be combined with --delivery credential-provider\nhint: /);
  expect(refused.exitCode).toBe(2);
});

test('--static without a key file: one sentence, exit 2', async () => {
  const refused = await world.user.run('kindgcr', 'install', '--static', '--source', 'gcloud');
  expect(refused.stderr).toBe(
    'error: --static needs a service account key\nhint: kindgcr install --static --keyfile KEY\n',
  );
  expect(refused.exitCode).toBe(2);
});

test('uninstall leaves nothing of either way', async () => {
  const { node, user } = world;
  expect((await install('--delivery', 'credential-provider')).exitCode).toBe(0);
  expect((await user.run('kindgcr', 'uninstall', '--name', 'ways')).exitCode).toBe(0);
  expect(await kubeletFlags()).toBe('');
  const left = `ls -d /etc/kindgcr /usr/local/bin/kindgcr-agent /etc/systemd/system/kubelet.service.d/90-kindgcr.conf ${CONFIG}`;
  expect(await node.sh(`${left} 2>/dev/null || true`)).toBe('');
});
