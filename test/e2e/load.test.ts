import { beforeEach, expect, inject, test } from 'vitest';
import { needsOwnEngine } from '../support/lab/lab-world.ts';
import { e2e, PULL } from './e2e.ts';

const world = e2e('load', async (_, { keyFile }) => ({
  extra: { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: keyFile },
}));
const lab = inject('lab');
const obstacle = 'obstacle' in lab ? lab.obstacle : needsOwnEngine(lab);
beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle);
});

const IMAGES = ['gcr.io/private/app:7', 'us-docker.pkg.dev/private/repo/app:8'];

const load = (...args: string[]) => world.user.run('kindgcr', 'load', '--name', 'load', ...args);
/** Questions for these very images: other test files ask the same registry at the same time. */
const MANIFESTS = /\/manifests\/(7|8)$/;
const asked = async () => (await world.services.accesses()).filter(({ path }) => MANIFESTS.test(path)).length;

test("kindgcr load pulls with this machine's credentials, and the images run in a node that has none", async () => {
  const { user, node } = world;
  for (const image of IMAGES) await user.run('docker', 'image', 'rm', image);
  const loaded = await load(...IMAGES);
  expect(loaded.stderr).not.toContain('error');
  expect(loaded.exitCode).toBe(0);
  expect(loaded.stdout.split('\n')).toEqual([
    ...IMAGES.map((image) =>
      expect.stringMatching(`^${image}  pulled for linux/\\w+; loaded into load-control-plane$`),
    ),
    '',
  ]);
  await node.runPod('gcr', IMAGES[0] ?? '');
  await node.runPod('artifact', IMAGES[1] ?? '');
  await expect.poll(() => node.podState('gcr'), PULL).toMatchObject({ phase: 'Running' });
  await expect.poll(() => node.podState('artifact'), PULL).toMatchObject({ phase: 'Running' });
});

test('kindgcr load leaves nothing behind: no docker config, no archive', async () => {
  const { user } = world;
  expect((await user.run('sh', '-c', 'ls -A "$HOME" /tmp | grep -E "^.docker$|kindgcr-(pull|load)-"')).stdout).toBe('');
});

test('a second kindgcr load asks the registry nothing and loads nothing', async () => {
  const before = await asked();
  const again = await load(...IMAGES);
  expect(again.stdout).toBe(
    IMAGES.map((image) => `${image}  already on this machine; already in load-control-plane\n`).join(''),
  );
  expect(await asked()).toBe(before);
});

test('kindgcr load --pull asks the registry, and finds what is here', async () => {
  const before = await asked();
  const again = await load('--pull', IMAGES[0] ?? '');
  expect(again.stdout).toMatch(/already on this machine; already in/);
  expect(await asked()).toBeGreaterThan(before);
});

test('kindgcr load reports an image that the kubelet keeps for pods with its pull secret', async () => {
  // The lab's kubelet keeps no such records, so one is written for it, in the form of kubernetes/kubernetes 1.35,
  // pkg/kubelet/images/pullmanager/fs_pullrecords.go: WriteImagePulledRecord.
  const { node } = world;
  const [image = ''] = IMAGES;
  const id = (await node.sh('ctr -n k8s.io images ls'))
    .split('\n')
    .filter((line) => line.startsWith('sha256:'))
    .map((line) => line.split(/\s+/)[0]);
  const records = '/var/lib/kubelet/image_manager/pulled';
  const secret = { uid: '1', namespace: 'default', name: 'pull', credentialHash: 'a' };
  const mapping = { 'gcr.io/private/app': { kubernetesSecrets: [secret] } };
  for (const [index, imageRef] of id.entries()) {
    const record = JSON.stringify({ kind: 'ImagePulledRecord', imageRef, credentialMapping: mapping });
    await node.sh(`mkdir -p ${records} && echo '${record}' > ${records}/sha256-${index}`);
  }
  const loaded = await load(image);
  await node.sh(`rm -r ${records}`);
  expect(loaded.stdout).toContain('already in load-control-plane');
  expect(loaded.stderr).toMatch(/load-control-plane: the kubelet has pulled .* with a pull secret/);
  expect((await load(image)).stderr).not.toContain('pull secret');
});

test('kindgcr load of an image that is not there, into a node that is not there, by digest: one sentence each', async () => {
  const image = await load('gcr.io/private/nothing:1');
  expect(image.stderr).toMatch(/error: docker could not pull gcr.io\/private\/nothing:1: .*\nhint: /);
  expect(image.exitCode).toBe(13);
  const node = await load('--nodes', 'load-worker', IMAGES[0] ?? '');
  expect(node.stderr).toBe(
    'error: "load-worker" is not a node of kind cluster "load"\nhint: The running nodes: load-control-plane\n',
  );
  expect(node.exitCode).toBe(6);
  const digest = await load(`gcr.io/private/app@sha256:${'0'.repeat(64)}`);
  expect(digest.stderr).toContain('name it with a tag');
  expect(digest.exitCode).toBe(2);
});
