import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { labServices } from '../support/lab/lab-services.ts';
import { needsOwnEngine, lab as runLab } from '../support/lab/lab-world.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import { mustSucceed, type RunResult } from '../support/run/run.ts';
import { CLIENTS, type RegistryClient } from './registry-clients.ts';
import { newUser, type User } from './user.ts';

// Real clients against the built helper, which gets its tokens from the stand-in for Google, as the registries do.
const lab = inject('lab');
const obstacle = 'obstacle' in lab ? lab.obstacle : needsOwnEngine(lab);
const PRIVATE = ['gcr.io/private/app', 'us-docker.pkg.dev/private/repo/app'];
const PUBLIC = 'gcr.io/public/app:1';
const OTHERS = '127.0.0.1:5000/others/app:1';

/** How a user's configuration names the helper. */
const WAYS = ['credHelpers', 'credsStore'] as const;
type Way = (typeof WAYS)[number];

const users = {} as Record<Way | `${Way} without a credential`, User>;
let folder = '';
let missing: string | undefined;

beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle);
});

beforeAll(async () => {
  if (obstacle !== undefined || 'obstacle' in lab) return;
  await mustSucceed(runLab(['clients'], lab.env));
  missing = await debianPrograms(Object.assign({}, ...CLIENTS.map(({ packages }) => packages)));
  folder = await mkdtemp(join(tmpdir(), 'kindgcr-clients-'));
  const { keyFile, caCert } = await labServices(lab.services);
  for (const way of WAYS) {
    const extra = { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: keyFile, SSL_CERT_FILE: caCert };
    users[way] = await newUser(lab, { extra });
    users[`${way} without a credential`] = await newUser(lab, {
      extra: { ...extra, KINDGCR_KEYFILE: '/nowhere/key.json' },
    });
    for (const user of [users[way], users[`${way} without a credential`]]) await configure(user, way);
  }
  const { run } = users.credHelpers;
  await mustSucceed(run('docker', 'pull', `${PRIVATE[0]}:1`));
  for (const name of [PUBLIC, OTHERS]) await mustSucceed(run('docker', 'tag', `${PRIVATE[0]}:1`, name));
  await mustSucceed(run('docker', 'push', PUBLIC));
}, 900_000);

afterAll(async () => {
  if (folder === '') return;
  const names = PRIVATE.flatMap((image) => [1, 2, 3, 4].map((tag) => `${image}:${tag}`));
  await users.credHelpers?.run('docker', 'rmi', '--force', ...names, PUBLIC, OTHERS, 'kindgcr.lab/built');
  await Promise.all(Object.values(users).map((user) => user.remove()));
  await rm(folder, { recursive: true, force: true });
});

/** Podman's family reads `credHelpers` of Docker's file but not `credsStore`: there, registries.conf names the helper. */
async function configure({ home, run }: User, way: Way): Promise<void> {
  await mkdir(join(home, '.docker'));
  const plugins = { cliPluginsExtraDirs: [join('obstacle' in lab ? '' : (lab.env.KINDGCR_LAB ?? ''), 'cli-plugins')] };
  const store = way === 'credsStore' ? { credsStore: 'kindgcr', auths: { 'us-docker.pkg.dev': {} } } : {};
  await writeFile(join(home, '.docker/config.json'), JSON.stringify({ ...plugins, ...store }));
  if (way === 'credHelpers') {
    await mustSucceed(run('kindgcr', 'configure-docker', '--registries', 'us-docker.pkg.dev'));
  } else {
    await mkdir(join(home, '.config/containers'), { recursive: true });
    await writeFile(join(home, '.config/containers/registries.conf'), 'credential-helpers = ["kindgcr"]\n');
  }
}

/** Runs a client for one image, in a folder of its own. */
async function runClient(user: User, { command, usesEngine, env = {} }: RegistryClient, image: string) {
  const own = await mkdtemp(join(folder, 'job-'));
  await writeFile(join(own, 'Dockerfile'), `FROM ${image}\nLABEL built=here\n`);
  await writeFile(join(own, 'compose.yaml'), `services: { app: { image: "${image}" } }\n`);
  if (usesEngine) await user.run('docker', 'rmi', '--force', image, 'kindgcr.lab/built');
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return await user.run('env', ...variables, ...command({ image, folder: own }));
}

const said = ({ stdout, stderr }: RunResult) => `${stdout}\n${stderr}`;

describe.each(WAYS)('through %s', (way) => {
  describe.each(CLIENTS)('$name', (client) => {
    beforeEach((context) => {
      if (client.packages !== undefined && missing !== undefined) context.skip(missing);
    });

    test.each(PRIVATE)('gets a private image of %s', async (repository) => {
      const result = await runClient(users[way], client, `${repository}:2`);
      expect(result.exitCode, said(result)).toBe(0);
      expect(said(result)).not.toMatch(/error getting credentials|listing credentials/i);
    });

    test('gets a public image when the helper has no credential, and not a private one', async () => {
      const user = users[`${way} without a credential`];
      const open = await runClient(user, client, PUBLIC);
      expect(open.exitCode, said(open)).toBe(0);
      const closed = await runClient(user, client, `${PRIVATE[0]}:3`);
      expect(closed.exitCode).not.toBe(0);
      expect(said(closed)).not.toMatch(/error getting credentials|listing credentials/i);
    });
  });

  test('docker push puts an image into a private registry', async () => {
    const image = `gcr.io/private/pushed-${way.toLowerCase()}:1`;
    await mustSucceed(users.credHelpers.run('docker', 'pull', `${PRIVATE[0]}:1`));
    await mustSucceed(users.credHelpers.run('docker', 'tag', `${PRIVATE[0]}:1`, image));
    const result = await users[way].run('docker', 'push', image);
    await users[way].run('docker', 'rmi', image);
    expect(result.exitCode, said(result)).toBe(0);
  });

  test.each([
    ['no credential', () => ({})],
    [
      'settings that it cannot read',
      (home: string) => ({ file: join(home, '.config/kindgcr/config.json'), text: '{' }),
    ],
    ['a variable that it does not understand', () => ({ variable: 'KINDGCR_SOURCE=nonsense' })],
  ])('docker push to another registry goes on when the helper has %s', async (_, trouble) => {
    const user = users[`${way} without a credential`];
    const { file, text = '', variable } = trouble(user.home) as { file?: string; text?: string; variable?: string };
    if (file !== undefined) {
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, text, { mode: 0o600 });
    }
    await mustSucceed(users.credHelpers.run('docker', 'pull', `${PRIVATE[0]}:1`));
    await mustSucceed(users.credHelpers.run('docker', 'tag', `${PRIVATE[0]}:1`, OTHERS));
    const result = await user.run('env', ...(variable === undefined ? [] : [variable]), 'docker', 'push', OTHERS);
    if (file !== undefined) await rm(file);
    expect(result.exitCode, said(result)).toBe(0);
  });

  test('docker login and logout succeed, and nothing is stored', async () => {
    const { run, dockerConfig } = users[way];
    const login = await run('docker', 'login', 'gcr.io');
    expect(said(login)).toContain('Login Succeeded');
    expect(JSON.stringify(await dockerConfig())).not.toMatch(/"auth":|ya29/);
    expect((await run('docker', 'logout', 'gcr.io')).exitCode).toBe(0);
  });
});

test('the reason why there is no credential is printed', async () => {
  const { stderr } = await users['credHelpers without a credential'].run('docker', 'pull', PUBLIC);
  expect(stderr).toMatch(/docker-credential-kindgcr: key file \/nowhere\/key\.json does not exist\nhint: /);
});

test('podman pulls a private image with the file that REGISTRY_AUTH_FILE names', async (context) => {
  if (missing !== undefined) context.skip(missing);
  const user = users.credsStore;
  const client = CLIENTS.find(({ name }) => name === 'podman pull');
  if (client === undefined) throw new Error('no podman in the table');
  const auth = `REGISTRY_AUTH_FILE=${join(folder, 'auth.json')}`;
  await mustSucceed(user.run('env', auth, 'kindgcr', 'configure-docker'));
  await rm(join(user.home, '.config/containers'), { recursive: true });
  const job = { image: `${PRIVATE[0]}:3`, folder: await mkdtemp(join(folder, 'job-')) };
  const result = await user.run('env', auth, ...client.command(job));
  expect(result.exitCode, said(result)).toBe(0);
});
