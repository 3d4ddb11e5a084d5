import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { debianPrograms } from '../support/debian-programs.ts';
import { labServices } from '../support/lab-services.ts';
import { type Person, person } from './person.ts';

// Real clients against the built executable, which takes its tokens from Google's stand-in, as the registries do.
const lab = inject('lab');
const PUSHED = 'gcr.io/public/pushed:1';
const world = {} as { jo: Person; stranger: Person; scratch: string };

beforeEach((context) => 'obstacle' in lab && context.skip(lab.obstacle));

beforeAll(async () => {
  if ('obstacle' in lab) return;
  const services = await labServices(lab.services);
  const key = { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: services.keyFile, SSL_CERT_FILE: services.caCert };
  world.jo = await person(lab, { extra: { ...key, DOCKER_BUILDKIT: '0' } });
  world.stranger = await person(lab, { extra: { ...key, KINDGCR_KEYFILE: '/nowhere/key.json' } });
  world.scratch = await mkdtemp(join(tmpdir(), 'kindgcr-clients-'));
  for (const one of [world.jo, world.stranger]) {
    const { exitCode } = await one.run('kindgcr', 'configure-docker', '--registries', 'us-docker.pkg.dev');
    expect(exitCode).toBe(0);
  }
});

afterAll(async () => {
  if ('obstacle' in lab) return;
  await world.jo?.run('docker', 'rmi', '--force', 'gcr.io/private/app:1', 'gcr.io/private/app:2', PUSHED, 'built');
  await Promise.all([world.jo?.remove(), world.stranger?.remove()]);
  if (world.scratch) await rm(world.scratch, { recursive: true, force: true });
});

/** Runs a client that must come through. */
async function must(who: Person, file: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await who.run(file, ...args);
  expect(stderr).not.toMatch(/error getting credentials|error storing credentials/i);
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

describe('the docker CLI', () => {
  test('pull gets a private image', async () => {
    await world.jo.run('docker', 'rmi', '--force', 'gcr.io/private/app:1');
    expect(await must(world.jo, 'docker', 'pull', 'gcr.io/private/app:1')).toContain('gcr.io/private/app:1');
  });

  test('login succeeds with the helper’s own answer, and logout after it', async () => {
    expect(await must(world.jo, 'docker', 'login', 'gcr.io')).toContain('Login Succeeded');
    expect(JSON.stringify(await world.jo.dockerConfig())).not.toMatch(/"auth":|ya29/);
    await must(world.jo, 'docker', 'logout', 'gcr.io');
    await must(world.jo, 'docker', 'pull', 'gcr.io/private/app:1');
  });

  test('push puts an image there', async () => {
    await must(world.jo, 'docker', 'tag', 'gcr.io/private/app:1', PUSHED);
    await must(world.jo, 'docker', 'push', PUSHED);
  });

  test('an old-style build pulls its private base image', async () => {
    await world.jo.run('docker', 'rmi', '--force', 'gcr.io/private/app:2');
    await writeFile(join(world.scratch, 'Dockerfile'), 'FROM gcr.io/private/app:2\nLABEL built=here\n');
    await must(world.jo, 'docker', 'build', '--tag', 'built', world.scratch);
  });

  test('without a usable credential a public image still pulls, a private one does not, and the reason is told', async () => {
    const { stranger, jo } = world;
    await jo.run('docker', 'rmi', '--force', PUSHED, 'gcr.io/private/app:1');
    const pull = await stranger.run('docker', 'pull', PUSHED);
    expect(pull.exitCode).toBe(0);
    expect(pull.stderr).toMatch(/docker-credential-kindgcr: key file \/nowhere\/key\.json does not exist\nhint: /);
    expect((await stranger.run('docker', 'pull', 'gcr.io/private/app:1')).exitCode).not.toBe(0);
  });
});

describe('clients from Debian', () => {
  let missing: string | undefined;
  beforeAll(async () => {
    if (!('obstacle' in lab)) missing = await debianPrograms({ skopeo: 'skopeo', podman: 'podman' });
  }, 700_000);
  beforeEach((context) => missing !== undefined && context.skip(missing));

  test('skopeo inspects a private image', async () => {
    const shown = await must(world.jo, 'skopeo', 'inspect', 'docker://us-docker.pkg.dev/private/repo/app:2');
    expect(JSON.parse(shown)).toMatchObject({ Name: 'us-docker.pkg.dev/private/repo/app' });
  });

  test('podman pulls a private image, with the file that REGISTRY_AUTH_FILE names', async () => {
    const { jo, scratch } = world;
    const auth = join(scratch, 'auth.json');
    const storage = ['--root', join(scratch, 'root'), '--runroot', join(scratch, 'run'), '--storage-driver', 'vfs'];
    await must(jo, 'env', `REGISTRY_AUTH_FILE=${auth}`, 'kindgcr', 'configure-docker');
    await must(jo, 'env', `REGISTRY_AUTH_FILE=${auth}`, 'podman', ...storage, 'pull', 'gcr.io/private/app:3');
    await jo.run('podman', ...storage, 'rmi', '--all', '--force');
  });
});
