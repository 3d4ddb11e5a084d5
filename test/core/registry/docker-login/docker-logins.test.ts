import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { authEntry } from '../../../../core/registry/docker-config.ts';
import {
  chosenRegistries,
  type DockerLoginWorld,
  dockerLogin,
  loginOrigin,
} from '../../../../core/registry/docker-login/docker-logins.ts';
import { registryName } from '../../../../core/registry/docker-login/registry-name.ts';
import { NEVER } from '../../../../core/registry/registry-login.ts';
import { exec } from '../../../../core/system/exec.ts';
import type { Env } from '../../../../core/system/user-folders.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { type LoginRegistryOptions, startLoginRegistry } from '../../../support/registry/login-registry.ts';

const NOW = new Date('2031-05-06T12:00:00Z');
const HUB = 'https://index.docker.io/v1/';
const ACR_USER = '00000000-0000-0000-0000-000000000000';

let home: string;
beforeEach(async () => {
  home = await tempDir();
  await mkdir(join(home, '.docker'));
  await mkdir(join(home, 'bin'));
});

/** A user with this docker config, helpers and registry. */
async function user(config: object, { env = {}, ...options }: Partial<LoginRegistryOptions> & { env?: Env } = {}) {
  await writeFile(join(home, '.docker', 'config.json'), JSON.stringify(config));
  const registry = await startLoginRegistry({ challenge: 'bearer', logins: new Map([['ann', 'secret']]), ...options });
  onTestFinished(() => registry.close());
  const world: DockerLoginWorld = {
    user: { env: { HOME: home, ...env }, platform: 'linux' },
    exec: (file, args, asked) =>
      exec(file, args, { ...asked, env: { ...asked?.env, PATH: `${join(home, 'bin')}:${process.env.PATH}` } }),
    fetch: registry.fetch,
    signal: new AbortController().signal,
    attended: false,
    now: () => NOW,
  };
  return { registry, world, login: (name: string) => dockerLogin(registryName(name), world) };
}

/** A credential helper as a shell script; `$server` is what it was asked for. */
async function helper(name: string, script: string): Promise<void> {
  const text = `#!/bin/sh\nread -r server || true\n${script}\n`;
  await writeFile(join(home, 'bin', `docker-credential-${name}`), text, { mode: 0o755 });
}

const answer = (username: string, secret: string) =>
  `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

const NOT_FOUND = "echo 'credentials not found in native keychain'; exit 1";

test('a login in the file', async () => {
  const { login } = await user({ auths: { 'ghcr.io': authEntry('ann', 'secret') } });
  expect(await login('ghcr.io')).toMatchObject({
    login: { registries: ['ghcr.io'], username: 'ann', secret: 'secret', expiresAt: NEVER, owner: 'docker:ghcr.io' },
    from: join(home, '.docker', 'config.json'),
    expiry: 'unknown',
  });
});

test.each(['https://ghcr.io', 'https://ghcr.io/v1/', 'http://ghcr.io/'])(
  'an old key, %s, is found by its host',
  async (key) => {
    const { login } = await user({ auths: { [key]: authEntry('ann', 'secret') } });
    expect((await login('ghcr.io')).login.registries).toEqual(['ghcr.io']);
  },
);

test("Docker Hub's login has one key", async () => {
  const { login } = await user({ auths: { [HUB]: authEntry('ann', 'secret') } });
  expect((await login('docker.io')).login).toMatchObject({ registries: [HUB], owner: 'docker:docker.io' });
});

test("a path's login is kept for the path, and tried at the host", async () => {
  const { login } = await user({ auths: { 'registry.test/group': authEntry('ann', 'secret') } });
  expect((await login('registry.test/group')).login.registries).toEqual(['registry.test/group']);
  await expect(login('registry.test')).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_FOUND' });
});

test('NULs behind a password are cut', async () => {
  const { login } = await user({ auths: { 'ghcr.io': authEntry('ann', 'secret\0\0') } });
  expect((await login('ghcr.io')).login.secret).toBe('secret');
});

test('names are read in any case, as Go does it; auth wins over username and password', async () => {
  const entry = { Auth: authEntry('ann', 'secret').auth, username: 'bob', password: 'other' };
  const { login } = await user({ Auths: { 'ghcr.io': entry } });
  expect((await login('ghcr.io')).login.username).toBe('ann');
});

test('username and password alone are a login', async () => {
  const { login } = await user({ auths: { 'ghcr.io': { username: 'ann', password: 'secret' } } });
  expect((await login('ghcr.io')).login.username).toBe('ann');
});

test.each([
  [{}, 'CREDENTIAL_NOT_FOUND', /Docker has no login to ghcr\.io/],
  [authEntry('', 'secret'), 'CREDENTIAL_NOT_FOUND', /has no login/],
  [authEntry('ann', ''), 'CREDENTIAL_NOT_FOUND', /has no login/],
  [{ auth: 'bm8gY29sb24=' }, 'CONFIG_INVALID', /is not base64 of a username and a password/],
  [{ ...authEntry('ann', ''), identitytoken: 'abc' }, 'CREDENTIAL_INVALID', /is an identity token/],
  [{ registrytoken: 'abc' }, 'CREDENTIAL_INVALID', /is a registry token/],
])('an entry %j is no login', async (entry, code, message) => {
  const { login } = await user({ auths: { 'ghcr.io': entry } });
  await expect(login('ghcr.io')).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

const jwt = (claims: object) =>
  ['eyJhbGciOiJub25lIn0', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'sig'].join('.');
const inThreeHours = jwt({ exp: NOW.getTime() / 1000 + 10_800 });

test.each([
  ['in the file, beside an auth without a password', { ...authEntry('ann', ''), identitytoken: inThreeHours }],
  ['as the user <token>', authEntry('<token>', inThreeHours)],
])("Azure's identity token %s becomes a password, until it expires", async (_, entry) => {
  const { login } = await user(
    { auths: { 'team.azurecr.io': entry } },
    { logins: new Map([[ACR_USER, inThreeHours]]) },
  );
  expect(await login('team.azurecr.io')).toMatchObject({
    login: { username: ACR_USER, secret: inThreeHours, expiresAt: '2031-05-06T15:00:00.000Z' },
    expiry: 'stated',
  });
});

test('a login that says itself that it has expired is not tried', async () => {
  const old = jwt({ exp: NOW.getTime() / 1000 - 1 });
  const { login, registry } = await user({ auths: { 'ghcr.io': authEntry('ann', old) } });
  await expect(login('ghcr.io')).rejects.toThrow('the login to ghcr.io expired at 2031-05-06T11:59:59.000Z');
  expect(registry.requests).toEqual([]);
});

test('a helper is asked for what Docker asks it, with its own name for the registry', async () => {
  const { login } = await user({
    auths: { 'ghcr.io': {} },
    credsStore: 'store',
    credHelpers: { 'registry.test': 'own' },
  });
  await helper('store', `case "$server" in ghcr.io|${HUB}) ${answer('ann', 'secret')};; *) ${NOT_FOUND};; esac`);
  await helper('own', answer('ann', 'secret'));
  expect(await login('ghcr.io')).toMatchObject({ from: 'docker-credential-store' });
  expect(await login('docker.io')).toMatchObject({ from: 'docker-credential-store' });
  expect(await login('registry.test')).toMatchObject({ from: 'docker-credential-own' });
});

test('"" in credHelpers means the file; docker.io there means nothing', async () => {
  const auths = { 'ghcr.io': authEntry('ann', 'secret'), [HUB]: authEntry('ann', 'secret') };
  const { login } = await user({ auths, credsStore: 'none', credHelpers: { 'ghcr.io': '', 'docker.io': 'own' } });
  await helper('none', NOT_FOUND);
  await helper('own', answer('ann', 'secret'));
  expect((await login('ghcr.io')).login.username).toBe('ann');
  await expect(login('docker.io')).rejects.toThrow('docker-credential-none has no login to docker.io');
});

test('with a helper the file counts when the helper fails, and not when it has no login', async () => {
  const { login } = await user({ auths: { 'ghcr.io': authEntry('ann', 'secret') }, credsStore: 'store' });
  await helper('store', NOT_FOUND);
  await expect(login('ghcr.io')).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_FOUND' });
  await helper('store', 'exit 2');
  expect((await login('ghcr.io')).login.username).toBe('ann');
});

test.each([
  ['prints garbage', 'echo hello', /docker-credential-bad answered with something else than a login/],
  ['prints nothing', 'true', /answered with something else/],
  [
    'fails',
    'echo "exit status 2: gpg: decryption failed: No secret key"; exit 1',
    /failed with exit code 1: .*No secret key/,
  ],
  ['fails with the login on stdout', `${answer('ann', 'hunter2')}; exit 1`, /failed with exit code 1$/],
  [
    'says not found on stderr',
    'echo "credentials not found in native keychain" >&2; exit 1',
    /failed with exit code 1/,
  ],
  ['prints without end', 'yes', /answered with something else/],
  ['colours the terminal', `printf '\\033[31merror: no\\033[0m\\n'; exit 1`, /failed with exit code 1: no$/],
])('a helper that %s costs its registry only a sentence', async (_, script, message) => {
  const { login } = await user({ auths: { 'ghcr.io': {} }, credsStore: 'bad' });
  await helper('bad', script);
  const failure = await login('ghcr.io').catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'TOKEN_EXCHANGE_FAILED', message: expect.stringMatching(message) });
  expect(JSON.stringify(failure)).not.toMatch(/hunter2|\\u001b/);
});

test('a helper that is not there, or whose name is a path', async () => {
  const { login } = await user({ credHelpers: { 'ghcr.io': 'gone', 'registry.test': '../../bin/sh' } });
  await expect(login('ghcr.io')).rejects.toThrow('docker-credential-gone is not installed, or not on PATH');
  await expect(login('registry.test')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('in the background a helper has no terminal, no display, and the end of its input', async () => {
  const { login } = await user({ credHelpers: { 'ghcr.io': 'own' } });
  const check = '[ "$(cat)" = "" ] && [ -z "$GPG_TTY$DISPLAY$WAYLAND_DISPLAY" ] && ! ( : < /dev/tty ) 2>/dev/null';
  await helper('own', `${check} || exit 3\n${answer('ann', 'secret')}; echo trailing`);
  expect((await login('ghcr.io')).login.username).toBe('ann');
});

test("a helper's user may not have a colon in it", async () => {
  const { login } = await user({ credHelpers: { 'ghcr.io': 'own' } });
  await helper('own', answer('a:b', 'secret'));
  await expect(login('ghcr.io')).rejects.toThrow(/username with a colon/);
});

const ECR = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

test("AWS's tokens: until what they say, else six hours, since the helper renews at half life", async () => {
  const stated = Buffer.from(JSON.stringify({ payload: 'x', expiration: NOW.getTime() / 1000 + 36_000 })).toString(
    'base64',
  );
  const { login } = await user({ credsStore: 'ecr' }, { logins: new Map([['AWS', stated]]) });
  await helper('ecr', answer('AWS', stated));
  expect((await login(ECR)).login.expiresAt).toBe('2031-05-06T22:00:00.000Z');
  const { login: again } = await user({ credsStore: 'ecr' }, { logins: new Map([['AWS', 'opaque']]) });
  await helper('ecr', answer('AWS', 'opaque'));
  expect(await again('public.ecr.aws')).toMatchObject({
    login: { expiresAt: '2031-05-06T18:00:00.000Z' },
    expiry: 'usual',
  });
});

test('all: the names of the config, each once, and why the others are left out', async () => {
  const { world } = await user({
    auths: {
      'https://ghcr.io': authEntry('ann', 'secret'),
      [HUB]: {},
      'https://index.docker.io/v1/access-token': {},
      'localhost:5000': authEntry('ann', 'secret'),
      'gcr.io': {},
    },
    credsStore: 'store',
    credHelpers: {
      'ghcr.io': 'own',
      [ECR]: 'ecr-login',
      'docker.io': 'own',
      'quay.io/team': 'own',
      'us.gcr.io': 'kindgcr',
    },
  });
  const { registries, refused } = await chosenRegistries(['all'], world.user);
  expect(registries.map(({ name }) => name)).toEqual(['ghcr.io', 'docker.io', ECR]);
  expect(refused.map(({ name }) => name)).toEqual(['localhost:5000', 'docker.io', 'quay.io/team']);
});

test('without a helper an empty entry is no login', async () => {
  const { world } = await user({ auths: { 'ghcr.io': {}, 'quay.io': authEntry('a', 'b') } });
  expect((await chosenRegistries(['all'], world.user)).registries.map(({ name }) => name)).toEqual(['quay.io']);
});

test("podman's auth file is read, too: first where podman is used", async () => {
  const run = join(home, 'run');
  await mkdir(join(run, 'containers'), { recursive: true });
  const podmans = join(run, 'containers', 'auth.json');
  await writeFile(podmans, JSON.stringify({ auths: { 'ghcr.io': authEntry('ann', 'secret') } }));
  const docker = { auths: { 'ghcr.io': authEntry('bob', 'other') } };
  const { login, world } = await user(docker, { env: { XDG_RUNTIME_DIR: run, KIND_EXPERIMENTAL_PROVIDER: 'podman' } });
  expect(await login('ghcr.io')).toMatchObject({ login: { username: 'ann' }, from: podmans });
  expect(await loginOrigin(registryName('ghcr.io'), world.user)).toBe(podmans);
  const { login: ofFile } = await user({}, { env: { REGISTRY_AUTH_FILE: podmans } });
  expect(await ofFile('ghcr.io')).toMatchObject({ from: podmans });
  const { login: second } = await user({}, { env: { XDG_RUNTIME_DIR: run } });
  expect(await second('ghcr.io')).toMatchObject({ from: podmans });
});

test('DOCKER_AUTH_CONFIG wins over the file', async () => {
  const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'ghcr.io': authEntry('ann', 'secret') } });
  const { login } = await user({ auths: { 'ghcr.io': authEntry('bob', 'other') } }, { env: { DOCKER_AUTH_CONFIG } });
  expect(await login('ghcr.io')).toMatchObject({ login: { username: 'ann' }, from: 'DOCKER_AUTH_CONFIG' });
});
