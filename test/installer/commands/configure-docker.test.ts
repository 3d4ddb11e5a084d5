import { lstat, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KNOWN_HOSTS } from '../../../core/registry/google-hosts-known.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { commandLine } from '../../support/run/command-line.ts';
import { runProgram } from '../../support/run/programs.ts';
import { mustSucceed } from '../../support/run/run.ts';

const DEFAULTS = { 'gcr.io': 'kindgcr', 'us.gcr.io': 'kindgcr', 'eu.gcr.io': 'kindgcr', 'asia.gcr.io': 'kindgcr' };

/** A user with this docker config, or none. */
async function userWith(config?: object, env?: Record<string, string>) {
  const home = await tempDir();
  const path = join(home, '.docker/config.json');
  if (config !== undefined) {
    await mkdir(join(home, '.docker'));
    await writeFile(path, JSON.stringify(config), { mode: 0o640 });
  }
  const read = async (file = path) => JSON.parse(await readFile(file, 'utf8'));
  return { home, path, read, kindgcr: commandLine(home, env) };
}

test('configure-docker registers gcr.io and its regional names, and what --registries names, and keeps the rest and the mode', async () => {
  const before = { auths: { 'quay.io': { auth: 'eDp5' } }, credHelpers: { 'x.io': 'pass' }, detachKeys: 'ctrl-e' };
  const { path, read, kindgcr } = await userWith(before);
  const { stdout } = await kindgcr('configure-docker', '--registries', 'europe-docker.pkg.dev,us-docker.pkg.dev');
  const more = { 'europe-docker.pkg.dev': 'kindgcr', 'us-docker.pkg.dev': 'kindgcr' };
  expect(await read()).toEqual({ ...before, credHelpers: { 'x.io': 'pass', ...DEFAULTS, ...more } });
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect(stdout).toContain('asks kindgcr for europe-docker.pkg.dev\n');
});

test('configure-docker --all registers every known registry', async () => {
  const { read, kindgcr } = await userWith();
  await kindgcr('configure-docker', '--all');
  expect(Object.keys((await read()).credHelpers).sort()).toEqual([...KNOWN_HOSTS].sort());
});

test('configure-docker --dry-run prints what would change, and changes nothing', async () => {
  const { home, kindgcr, read } = await userWith({ credHelpers: { 'gcr.io': 'gcloud' } });
  const { stdout } = await kindgcr('configure-docker', '--dry-run');
  expect(stdout).toContain('would ask kindgcr for gcr.io instead of gcloud\n');
  expect(await read()).toEqual({ credHelpers: { 'gcr.io': 'gcloud' } });
  expect(await readdir(home)).toEqual(['.docker']);
});

test('configure-docker --undo gives back what was there before, and says so; a second one has nothing to do', async () => {
  const before = { credHelpers: { 'gcr.io': 'gcloud', 'x.io': 'pass' }, proxies: {} };
  const { home, kindgcr, read } = await userWith(before);
  await kindgcr('configure-docker');
  await kindgcr('configure-docker', '--all');
  expect((await kindgcr('configure-docker', '--undo', '--dry-run')).stdout).toContain('would no longer name kindgcr');
  expect((await kindgcr('configure-docker', '--undo')).stdout).toContain('no longer names kindgcr');
  expect(await read()).toEqual(before);
  expect((await kindgcr('configure-docker', '--undo')).stdout).toContain('there is nothing to undo');
  expect(await readdir(join(home, '.config/kindgcr'))).toEqual([]);
});

test('a docker config that is a symbolic link stays one, and the file behind it is changed', async () => {
  const { home, path, read, kindgcr } = await userWith({});
  const behind = join(home, 'dotfiles.json');
  await writeFile(behind, '{}');
  await symlink(behind, `${path}.new`);
  await rename(`${path}.new`, path);
  await kindgcr('configure-docker');
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  expect((await read(behind)).credHelpers).toEqual(DEFAULTS);
});

test('DOCKER_CONFIG and REGISTRY_AUTH_FILE are honoured, and both undone', async () => {
  const folder = await tempDir();
  const auth = join(folder, 'auth.json');
  await writeFile(auth, '{"auths":{"quay.io":{}}}');
  const { home, kindgcr, read } = await userWith(undefined, { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: auth });
  await kindgcr('configure-docker');
  expect((await read(join(folder, 'config.json'))).credHelpers).toEqual(DEFAULTS);
  expect(await read(auth)).toEqual({ auths: { 'quay.io': {} }, credHelpers: DEFAULTS });
  expect(await readdir(home)).not.toContain('.docker');
  await kindgcr('configure-docker', '--undo');
  expect(await read(auth)).toEqual({ auths: { 'quay.io': {} } });
});

test('an old login, a credsStore and DOCKER_AUTH_CONFIG are reported', async () => {
  const config = { credsStore: 'desktop', auths: { 'https://gcr.io': { auth: 'eDp5' }, 'us.gcr.io': {} } };
  const { kindgcr, read } = await userWith(config, { DOCKER_AUTH_CONFIG: '{}' });
  const { stderr } = await kindgcr('configure-docker');
  expect(stderr).toMatch(/an old login for https:\/\/gcr\.io is in "auths".*docker logout https:\/\/gcr\.io\n/);
  expect(stderr).toMatch(/"credsStore": "desktop" is used for all other registries/);
  expect(stderr).toMatch(/DOCKER_AUTH_CONFIG is set/);
  expect(stderr).not.toMatch(/us\.gcr\.io|eDp5/);
  expect(stderr).toMatch(/docker-credential-kindgcr is not on PATH.*\/opt\/kindgcr/);
  expect(await read()).toMatchObject(config);
});

test.each([
  [['--registries', 'quay.io'], /"quay.io" is not a private Google Docker registry/],
  [['--registries', 'mirror.gcr.io'], /"mirror.gcr.io" is not a private/],
  [['--undo', '--all'], /option '--undo' cannot be used with option '--all'/],
  [['europe-docker.pkg.dev'], /takes its registries from --registries/],
  [['--undo', '--registries', 'gcr.io'], /--undo removes all registries/],
])('configure-docker %j is refused, and nothing is written', async (args, message) => {
  const { home, kindgcr } = await userWith();
  expect((await kindgcr('configure-docker', ...args)).error?.message).toMatch(message);
  expect(await readdir(home)).toEqual([]);
});

test('of two docker configs one is broken: the other is not touched either', async () => {
  const folder = await tempDir();
  const auth = join(folder, 'auth.json');
  await writeFile(auth, '{"auths":');
  const { path, kindgcr, read } = await userWith({ a: 1 }, { REGISTRY_AUTH_FILE: auth });
  expect((await kindgcr('configure-docker')).error).toMatchObject({ exitCode: 8 });
  expect(await read(path)).toEqual({ a: 1 });
});

test('a relative DOCKER_CONFIG is the folder of the project: each gets its own former helper back', async () => {
  const home = await tempDir();
  const env = { HOME: home, DOCKER_CONFIG: '.docker', PATH: '/usr/bin:/bin' };
  const projects = ['a', 'b'].map((name) => ({ cwd: join(home, name), text: `{"credHelpers":{"gcr.io":"${name}"}}` }));
  for (const { cwd, text } of projects) {
    await mkdir(join(cwd, '.docker'), { recursive: true });
    await writeFile(join(cwd, '.docker/config.json'), text);
    await mustSucceed(runProgram('host', ['configure-docker'], { env, cwd }));
  }
  for (const { cwd } of projects.toReversed()) {
    await mustSucceed(runProgram('host', ['configure-docker', '--undo'], { env, cwd }));
  }
  for (const { cwd, text } of projects) expect(await readFile(join(cwd, '.docker/config.json'), 'utf8')).toBe(text);
});
