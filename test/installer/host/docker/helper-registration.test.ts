import { execFile } from 'node:child_process';
import { chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { registerHelper, unregisterHelper } from '../../../../installer/host/docker/helper-registration.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { programFile } from '../../../support/run/programs.ts';

async function userWith(dockerConfig?: string) {
  const home = await tempDir();
  const path = join(home, '.docker/config.json');
  await mkdir(join(home, '.docker'));
  if (dockerConfig !== undefined) await writeFile(path, dockerConfig, { mode: 0o640 });
  const user = { env: { HOME: home }, platform: 'linux' as const };
  const config = async () => JSON.parse(await readFile(path, 'utf8'));
  return { home, user, path, config, text: () => readFile(path, 'utf8') };
}

test('the rest of a docker config stays as it is, and so do its mode and its owner', async () => {
  const before = {
    auths: { 'quay.io': {} },
    credsStore: 'desktop',
    credHelpers: { 'x.io': 'pass' },
    proxies: { a: 1 },
  };
  const { user, path, config } = await userWith(JSON.stringify(before));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(path, 4321, 4321);
  const [plan] = await registerHelper(['gcr.io'], user);
  expect(plan?.hosts).toEqual(['gcr.io']);
  expect(await config()).toEqual({ ...before, credHelpers: { 'x.io': 'pass', 'gcr.io': 'kindgcr' } });
  const { mode, uid } = await stat(path);
  expect(mode & 0o777).toBe(0o640);
  if (isRoot) expect(uid).toBe(4321);
});

test('a docker config that was not there is 0600, as is its folder, whatever the umask, and undoing removes both', async () => {
  const home = await tempDir();
  const user = { env: { HOME: home }, platform: 'linux' as const };
  const umask = process.umask(0o277);
  try {
    await registerHelper(['gcr.io'], user);
  } finally {
    process.umask(umask);
  }
  const path = join(home, '.docker/config.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ credHelpers: { 'gcr.io': 'kindgcr' } });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (const folder of ['.docker', '.config', '.config/kindgcr', '.local/state/kindgcr/locks']) {
    expect((await stat(join(home, folder))).mode & 0o777).toBe(0o700);
  }
  expect(await readdir(join(home, '.docker'))).toEqual(['config.json']);
  await unregisterHelper(user);
  expect(await readdir(home)).not.toContain('.docker');
});

test('undoing after two rounds gives back what was there before the first', async () => {
  const before = '{"credHelpers" : {"gcr.io":"gcloud","x.io":  "pass"} }\n\n';
  const { user, config, text } = await userWith(before);
  await registerHelper(['gcr.io'], user);
  await registerHelper(['gcr.io', 'us-docker.pkg.dev'], user);
  expect(await config()).toEqual({
    credHelpers: { 'gcr.io': 'kindgcr', 'x.io': 'pass', 'us-docker.pkg.dev': 'kindgcr' },
  });
  await unregisterHelper(user);
  expect(await text()).toBe(before);
});

test.each([
  ['escapes as Docker writes them', '{\n\t"auths": {},\n\t"psFormat": "a\\u0026b\\u003c",\n\t"x": 1.50\n}'],
  ['empty credHelpers', '{"auths":{},"credHelpers":{ }}'],
  ['credHelpers that are null', '{"credHelpers":null,"a":1}\n'],
  ['a layout of its own', '{ "a":1\n,"credHelpers"\t:{\n"x.io" :"pass", "gcr.io"\n:\n"gcloud"  }  ,"b":[ ]}\r\n'],
  ['a key twice', '{"credHelpers":{"a.io":"pass"},"credHelpers":{"gcr.io":"gcloud"}}'],
  ['nothing but a line end', '\n'],
  ['an empty file', ''],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
])('undoing brings back %s to the byte', async (_, original) => {
  const { user, path } = await userWith('');
  await writeFile(path, original);
  await registerHelper(['gcr.io', 'us-docker.pkg.dev'], user);
  expect(JSON.parse(await readFile(path, 'utf8')).credHelpers).toMatchObject({ 'gcr.io': 'kindgcr' });
  await unregisterHelper(user);
  expect(await readFile(path)).toEqual(Buffer.from(original));
});

test('when another program has changed the file meanwhile, only our entries are removed', async () => {
  const { user, path, text } = await userWith('{"a": 1, "credHelpers": {"gcr.io": "gcloud", "x.io": "pass"}}');
  await registerHelper(['gcr.io', 'us-docker.pkg.dev'], user);
  await writeFile(path, (await text()).replace('"a": 1', '"a": "\\u0026"'));
  await unregisterHelper(user);
  expect(await text()).toBe('{"a": "\\u0026", "credHelpers": {"gcr.io": "gcloud", "x.io": "pass"}}');
});

test('when another program has changed the file meanwhile, empty credHelpers stay and missing ones are not left behind', async () => {
  for (const before of ['{"a": 1, "credHelpers": {}}', '{"a": 1}']) {
    const { user, path, text } = await userWith(before);
    await registerHelper(['gcr.io'], user);
    await writeFile(path, (await text()).replace('"a": 1', '"a": 2'));
    await registerHelper(['us.gcr.io'], user);
    await writeFile(path, (await text()).replace('"a": 2', '"a": 3'));
    await unregisterHelper(user);
    expect(await text()).toBe(before.replace('"a": 1', '"a": 3'));
  }
});

test('a host that the user gave to another helper meanwhile is left to that one', async () => {
  const { user, path, text } = await userWith('{"credHelpers": {"gcr.io": "gcloud"}}');
  await registerHelper(['gcr.io'], user);
  await writeFile(path, '{"credHelpers": {"gcr.io": "pass"}}');
  await unregisterHelper(user);
  expect(await text()).toBe('{"credHelpers": {"gcr.io": "pass"}}');
});

test('settings from before this version still undo a registration', async () => {
  const { home, user, path, text } = await userWith('{"credHelpers":{"gcr.io":"kindgcr","us.gcr.io":"kindgcr"}}');
  await mkdir(join(home, '.config/kindgcr'), { recursive: true });
  const docker = { [path]: { 'gcr.io': 'gcloud', 'us.gcr.io': null } };
  await writeFile(join(home, '.config/kindgcr/config.json'), JSON.stringify({ docker }));
  await unregisterHelper(user);
  expect(await text()).toBe('{"credHelpers":{"gcr.io":"gcloud"}}');
});

test('a link whose target is missing stays a link: the target is made, in folders of our own, and removed again', async () => {
  const home = await tempDir();
  const user = { env: { HOME: home }, platform: 'linux' as const };
  await symlink('dot/docker', join(home, '.docker'));
  await registerHelper(['gcr.io'], user);
  expect((await lstat(join(home, '.docker'))).isSymbolicLink()).toBe(true);
  const target = join(home, 'dot/docker/config.json');
  expect(JSON.parse(await readFile(target, 'utf8'))).toEqual({ credHelpers: { 'gcr.io': 'kindgcr' } });
  expect((await stat(dirname(target))).mode & 0o777).toBe(0o700);
  await unregisterHelper(user);
  expect((await lstat(join(home, '.docker'))).isSymbolicLink()).toBe(true);
});

test('what a killed write has left beside the files is removed by the next one', async () => {
  const { home, user } = await userWith('{}');
  await mkdir(join(home, '.config/kindgcr'), { recursive: true });
  for (const folder of ['.docker', '.config/kindgcr']) {
    await writeFile(join(home, folder, '.config.json.0123456789ab.tmp'), 'secret');
  }
  await registerHelper(['gcr.io'], user);
  expect(await readdir(join(home, '.docker'))).toEqual(['config.json']);
  expect(await readdir(join(home, '.config/kindgcr'))).toEqual(['config.json']);
});

test('processes that register at the same time lose no entry, and undoing still brings back the bytes', async () => {
  const before = '{"auths":{}}';
  const { home, user, text, config } = await userWith(before);
  const hosts = Array.from({ length: 4 }, (_, index) => `a${index}-docker.pkg.dev`);
  await Promise.all(
    hosts.map((host) =>
      promisify(execFile)(process.execPath, [programFile('host'), 'configure-docker', '--registries', host], {
        env: { HOME: home, PATH: '/usr/bin:/bin' },
      }),
    ),
  );
  expect(Object.keys((await config()).credHelpers)).toEqual(expect.arrayContaining(hosts));
  await unregisterHelper(user);
  expect(await text()).toBe(before);
});
