import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { inNode } from '../support/lab/in-node.ts';
import { labServices } from '../support/lab/lab-services.ts';
import {
  type LabFacts,
  needsOwnEngine,
  lab as runLab,
  startLabWorld,
  stopLabServices,
} from '../support/lab/lab-world.ts';
import { mustSucceed, run } from '../support/run/run.ts';
import { newUser, type User } from './user.ts';

// `kindgcr load` with both ways in which Docker stores images, into a node with containerd 2.
const lab = inject('lab');
const obstacle = 'obstacle' in lab ? lab.obstacle : needsOwnEngine(lab);
const NODE = 'stores-control-plane';
const IMAGE = 'gcr.io/private/app:6';
/** For two platforms. */
const INDEX = 'gcr.io/private/two-platforms:1';

beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle);
});

describe.each(['overlay2', 'containerd'] as const)('with the %s image store', (store) => {
  let world: LabFacts;
  let user: User;

  beforeAll(async () => {
    if (obstacle !== undefined || 'obstacle' in lab) return;
    world = store === 'overlay2' ? lab : await startLabWorld(withStore(lab.env, store));
    await run('docker', ['rm', '--force', '--volumes', NODE], { env: world.env });
    await mustSucceed(runLab(['containerd-node', NODE], world.env));
    await mustSucceed(runLab(['clients'], world.env));
    await pushIndex(world.env);
    const { keyFile } = await labServices(world.services);
    user = await newUser(world, { extra: { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: keyFile } });
  }, 900_000);

  afterAll(async () => {
    if (world === undefined) return;
    await user?.run('docker', 'image', 'rm', '--force', IMAGE, INDEX);
    await user?.remove();
    await run('docker', ['rm', '--force', '--volumes', NODE], { env: world.env });
    if (store === 'overlay2') return;
    await stopLabServices(world.services);
    await runLab(['down'], world.env);
  });

  const inside = async (...args: string[]) => (await mustSucceed(inNode(NODE, args, world))).stdout;
  const load = (image: string) => user.run('kindgcr', 'load', '--name', 'stores', image);

  test('docker and the node are what the test is about', async () => {
    const { stdout } = await run('docker', ['info', '--format', '{{json .DriverStatus}}'], { env: world.env });
    expect(stdout.includes('io.containerd.snapshotter')).toBe(store === 'containerd');
    expect(await inside('containerd', '--version')).toMatch(/containerd\/v2 2\./);
  });

  test.each([IMAGE, INDEX])('kindgcr load pulls %s and puts it into the node, once', async (image) => {
    const first = await load(image);
    expect(first.stderr).not.toContain('error');
    expect(first.stdout).toMatch(/pulled for linux\/\w+; loaded into stores-control-plane\n$/);
    expect(await inside('ctr', '--namespace=k8s.io', 'images', 'ls', '--quiet')).toContain(`${image}\n`);
    expect((await load(image)).stdout).toBe(`${image}  already on this machine; already in ${NODE}\n`);
  });
});

/** Puts an image for two platforms into the registry behind the front door. */
async function pushIndex(env: LabFacts['env']): Promise<void> {
  const registry = '127.0.0.1:5000/private';
  const crane = (...args: string[]) => mustSucceed(runLab(['exec', 'crane', '--insecure', ...args], env));
  await crane('mutate', '--set-platform=linux/s390x', `${registry}/app:5`, `--tag=${registry}/other-platform:1`);
  const members = [`--manifest=${registry}/app:5`, `--manifest=${registry}/other-platform:1`];
  await crane('index', 'append', ...members, `--tag=${registry}/two-platforms:1`);
}

/** The environment of the same lab's engine with another image store. */
function withStore(env: LabFacts['env'], store: string): Record<string, string> {
  const { DOCKER_HOST, KINDGCR_LAB_RUN, ...others } = env;
  return { ...others, KINDGCR_LAB_IMAGE_STORE: store };
}
