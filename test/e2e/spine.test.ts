import { expect, inject, test } from 'vitest';
import { needsOwnEngine } from '../support/lab/lab-world.ts';
import { e2e, PULL } from './e2e.ts';

const lab = inject('lab');
const world = e2e('spine');

/** What stands in the node's config.json before us, in a layout that no program of ours writes. */
const FOREIGN =
  '{ "auths": { "quay.example": { "auth": "c29tZWJvZHk6c2VjcmV0" } }, "HttpHeaders": { "X-Team": "blue" } }';
const CONFIG = '/var/lib/kubelet/config.json';

/** Of a user who uses both kinds of registries. */
const INSTALL = ['install', '--name', 'spine', '--registries', 'us-docker.pkg.dev'];

test('before the install a pod with a private image fails with an auth error', async () => {
  const { node } = world;
  await node.exec(['sh', '-c', `umask 077; cat > ${CONFIG}`], FOREIGN);
  await node.runPod('gcr', 'gcr.io/private/app:1');
  await node.runPod('artifact', 'us-docker.pkg.dev/private/repo/app:2');
  for (const pod of ['gcr', 'artifact']) {
    await expect.poll(async () => (await node.podState(pod))?.waiting, PULL).toMatch(/ErrImagePull|ImagePullBackOff/);
  }
  await expect
    .poll(async () => (await node.podState('gcr'))?.message, PULL)
    .toMatch(/401|403|nauthorized|denied|authorization/);
});

test('kindgcr install --keyfile makes both pods run, and prints the expiry', async () => {
  const { node, user, services } = world;
  const install = await user.run('kindgcr', ...INSTALL, '--keyfile', services.keyFile);
  expect(install.stderr).not.toContain('error');
  expect(install.exitCode).toBe(0);
  expect(install.stdout).toMatch(/spine-control-plane {2}valid until (\d{4}-\d\d-\d\d )?\d\d:\d\d \(/);
  await expect.poll(() => node.podState('gcr'), PULL).toMatchObject({ phase: 'Running' });
  await expect.poll(() => node.podState('artifact'), PULL).toMatchObject({ phase: 'Running' });
});

test('what an install leaves in the node is for root alone, and the unit is in order', async () => {
  const { node } = world;
  const modes = await node.sh(
    `stat -c '%a %U %n' ${CONFIG} /etc/kindgcr/agent.json /etc/kindgcr/key.json /run/kindgcr/logins.json /var/lib/kindgcr/state.json`,
  );
  expect(
    modes
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 8)),
  ).toEqual(Array.from({ length: 5 }, () => '600 root'));
  expect(
    (await node.exec(['systemd-analyze', 'verify', '/etc/systemd/system/kindgcr-agent.service'])).stderr,
  ).not.toContain('kindgcr');
  expect(await node.sh('journalctl --unit kindgcr-agent.service')).not.toMatch(/ya29|PRIVATE KEY|eyJ/);
});

test('a second install changes nothing and restarts nothing', async () => {
  const { node, user, services } = world;
  const starts = await node.kubeletStarts();
  const before = await node.sh(`cat ${CONFIG} | sha256sum; systemctl show kindgcr-agent.service -p InvocationID`);
  const install = await user.run('kindgcr', ...INSTALL, '--keyfile', services.keyFile);
  expect(install.exitCode).toBe(0);
  expect(await node.sh(`cat ${CONFIG} | sha256sum; systemctl show kindgcr-agent.service -p InvocationID`)).toBe(before);
  expect(await node.kubeletStarts()).toBe(starts);
});

test('docker on the host pulls through the helper, and kind loads what it pulled', async (context) => {
  const obstacle = 'obstacle' in lab ? lab.obstacle : needsOwnEngine(lab);
  context.skip(obstacle !== undefined, obstacle);
  const { node, user } = world;
  expect(await user.dockerConfig()).toMatchObject({
    credHelpers: { 'gcr.io': 'kindgcr', 'us-docker.pkg.dev': 'kindgcr' },
  });
  for (const image of ['gcr.io/private/app:5', 'us-docker.pkg.dev/private/repo/app:6']) {
    const pull = await user.run('docker', 'pull', image);
    expect(pull.stderr).toBe('');
    expect(pull.exitCode).toBe(0);
  }
  expect((await user.run('kind', 'get', 'nodes', '--name', 'spine')).stdout).toBe('spine-control-plane\n');
  const load = await user.run('kind', 'load', 'docker-image', 'gcr.io/private/app:5', '--name', 'spine');
  expect(load.exitCode).toBe(0);
  expect(await node.sh('ctr --namespace k8s.io images ls -q')).toContain('gcr.io/private/app:5');
});

test('after docker restart the credentials are back without a hand', async () => {
  const { node } = world;
  await node.docker('restart', node.name);
  await expect
    .poll(async () => (await node.exec(['kindgcr-agent', 'status', '--json'])).stdout, {
      timeout: 300_000,
      interval: 1000,
    })
    .toMatch(/"credentials": ?"valid"/);
  await node.runPod('afterwards', 'gcr.io/private/app:3');
  await expect.poll(() => node.podState('afterwards'), PULL).toMatchObject({ phase: 'Running' });
});

test('a foreign entry and a foreign key of config.json survive install, renewal and docker restart', async () => {
  const config = JSON.parse(await world.node.sh(`cat ${CONFIG}`));
  expect(config).toMatchObject(JSON.parse(FOREIGN));
  expect(Object.keys(config.auths)).toEqual(
    expect.arrayContaining(['gcr.io', '*.gcr.io', '*-docker.pkg.dev', 'docker.*.rep.pkg.dev']),
  );
});

test('uninstall leaves the node and the docker config as they were', async () => {
  const { node, user } = world;
  const uninstall = await user.run('kindgcr', 'uninstall', '--name', 'spine');
  expect(uninstall.stderr).not.toContain('error');
  expect(uninstall.exitCode).toBe(0);
  expect(JSON.parse(await node.sh(`cat ${CONFIG}`))).toEqual(JSON.parse(FOREIGN));
  expect(
    await node.sh(
      'ls -d /etc/kindgcr /var/lib/kindgcr /run/kindgcr /usr/local/bin/kindgcr-agent /etc/systemd/system/kindgcr-agent.service 2>/dev/null || true',
    ),
  ).toBe('');
  expect((await node.exec(['systemctl', 'is-active', 'kindgcr-agent.service'])).stdout).toBe('inactive\n');
  await expect(user.dockerConfig()).rejects.toThrow('ENOENT'); // there was none
});

test('Ctrl-C in the middle of an install: exit 130, and node and docker config are untouched', async () => {
  const { node, user, services } = world;
  const install = await user.start('kindgcr', 'install', '--name', 'spine', '--keyfile', services.keyFile);
  await install.prints(/spine-control-plane: (starting|waiting)/);
  const { exitCode, stderr } = await install.stop('SIGINT');
  expect(exitCode).toBe(130);
  expect(stderr).toContain('error: stopped');
  expect(JSON.parse(await node.sh(`cat ${CONFIG}`))).toEqual(JSON.parse(FOREIGN));
  expect(
    await node.sh(
      'ls /etc/kindgcr /usr/local/bin/kindgcr-agent /etc/systemd/system/kindgcr-agent.service 2>/dev/null || true',
    ),
  ).toBe('');
  await expect(user.dockerConfig()).rejects.toThrow('ENOENT'); // there was none
});
