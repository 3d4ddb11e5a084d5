import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { helperAt, NOT_FOUND, withKey } from '../support/run/helper.ts';
import { REPOSITORY } from '../support/run/run.ts';

test('get answers with a valid token for a Google registry', async () => {
  const { google, env, helper } = await withKey();
  const { stdout, stderr, exitCode } = await helper(['get'], { input: 'gcr.io', env });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const { Secret, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({ ServerURL: 'gcr.io', Username: 'oauth2accesstoken' });
  expect(google.endpoint.isValid(Secret)).toBe(true);
  expect(stdout).toMatch(/^\{.*\}\n$/);
});

test('the second get is answered from the cache, which is readable only by its owner', async () => {
  const { google, home, env, helper } = await withKey();
  const first = await helper(['get'], { input: 'gcr.io', env });
  const second = await helper(['get'], { input: 'https://us-docker.pkg.dev', env });
  expect(JSON.parse(second.stdout).Secret === JSON.parse(first.stdout).Secret).toBe(true);
  expect(google.endpoint.requests).toBe(1);
  const folder = join(home, '.cache/kindgcr');
  const [file = ''] = await readdir(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
});

test('a cached token with less than ten minutes left is not served', async () => {
  const { google, env, helper } = await withKey();
  google.endpoint.tokenLife = 599;
  await helper(['get'], { input: 'gcr.io', env });
  await helper(['get'], { input: 'gcr.io', env });
  expect(google.endpoint.tokensIssued).toBe(2);
});

test('KINDGCR_CACHE=off caches no token', async () => {
  const { google, home, env, helper } = await withKey();
  await helper(['get'], { input: 'gcr.io', env: { ...env, KINDGCR_CACHE: 'off' } });
  await helper(['get'], { input: 'gcr.io', env: { ...env, KINDGCR_CACHE: 'off' } });
  expect(google.endpoint.tokensIssued).toBe(2);
  await expect(readdir(join(home, '.cache'))).rejects.toThrow('ENOENT');
});

test('a new key in the same file gets its own token', async () => {
  const { google, key, env, helper } = await withKey('first@demo.iam.gserviceaccount.com');
  await helper(['get'], { input: 'gcr.io', env });
  await google.endpoint.writeServiceAccountKey(key, { email: 'second@demo.iam.gserviceaccount.com' });
  await helper(['get'], { input: 'gcr.io', env });
  expect(google.endpoint.issued.map(({ account }) => account)).toEqual([
    'first@demo.iam.gserviceaccount.com',
    'second@demo.iam.gserviceaccount.com',
  ]);
});

test('many gets at once request one token', async () => {
  const { google, env, helper } = await withKey();
  const answers = await Promise.all(Array.from({ length: 8 }, () => helper(['get'], { input: 'gcr.io', env })));
  expect(answers.map(({ exitCode }) => exitCode)).toEqual(answers.map(() => 0));
  expect(google.endpoint.tokensIssued).toBe(1);
});

test.each([
  ['cut off', async (file: string) => writeFile(file, '{"token":"ya29')],
  ['readable by others', async (file: string) => chmod(file, 0o644)],
  ['a folder', async (file: string) => rm(file).then(() => mkdir(file))],
])('a cache file that is %s does not get in the way', async (_, spoil) => {
  const { google, home, env, helper } = await withKey();
  await helper(['get'], { input: 'gcr.io', env });
  const folder = join(home, '.cache/kindgcr');
  const [file = ''] = await readdir(folder);
  await spoil(join(folder, file));
  const { stdout, exitCode } = await helper(['get'], { input: 'gcr.io', env });
  expect(exitCode).toBe(0);
  expect(google.endpoint.isValid(JSON.parse(stdout).Secret)).toBe(true);
  expect(google.endpoint.tokensIssued).toBe(2);
});

test('get without a writable home still answers', async () => {
  const { env, helper } = await withKey();
  const { exitCode } = await helper(['get'], { input: 'gcr.io', env: { ...env, XDG_CACHE_HOME: '/dev/null/none' } });
  expect(exitCode).toBe(0);
});

test.each([
  ['another registry', 'docker.io', {}, /answers for Google's registries only, not for "docker.io"/],
  ['a look-alike', 'gcr.io.evil.com', {}, /not for "gcr.io.evil.com"/],
  [
    'no gcloud',
    'gcr.io',
    { KINDGCR_GCLOUD: '/nowhere/gcloud' },
    /gcloud is not installed, .*\nhint: Install the Google Cloud CLI/,
  ],
  [
    'no key file',
    'gcr.io',
    { KINDGCR_KEYFILE: '/nowhere/key.json' },
    /key file \/nowhere\/key.json does not exist\nhint: /,
  ],
  [
    'a file that is not a key',
    'gcr.io',
    { KINDGCR_KEYFILE: join(REPOSITORY, 'package.json') },
    /is not a service account key.*\nhint: /,
  ],
  [
    'an unknown source',
    'gcr.io',
    { KINDGCR_SOURCE: 'vault' },
    /"vault" is not a credential source\nhint: .*gcloud, keyfile/,
  ],
])('get with %s: not found on stdout, the reason on stderr, exit 1', async (_, input, env, reason) => {
  const helper = await helperAt(await tempDir());
  const { stdout, stderr, exitCode } = await helper(['get'], { input, env });
  expect(stdout).toBe(NOT_FOUND);
  expect(stderr).toMatch(reason);
  expect(exitCode).toBe(1);
});

test("a revoked key: not found on stdout, Google's error and a hint on stderr", async () => {
  const { google, env, helper } = await withKey('gone@demo.iam.gserviceaccount.com');
  google.endpoint.revoke('gone@demo.iam.gserviceaccount.com');
  const { stdout, stderr, exitCode } = await helper(['get'], { input: 'gcr.io', env });
  expect(stdout).toBe(NOT_FOUND);
  expect(stderr).toMatch(/Google refused the credential of service account gone@demo.*invalid_grant.*\nhint: .*key/);
  expect(exitCode).toBe(1);
});

test.each([
  ['an error', { status: 503 }, /token endpoint answered 503/],
  ['a page of a proxy', { status: 200, body: '<html>login</html>' }, /is not from Google|can't be reached/],
  [
    'a token without an expiry',
    { omit: 'expires_in' as const },
    /answered (?:with an expired token|without the token's expiry)/,
  ],
  ['a dropped connection', { reset: true }, /can't be reached/],
])('%s from Google is reported on stderr, and Docker gets not found', async (_, misbehaviour, reason) => {
  const { google, env, helper } = await withKey();
  google.endpoint.fail({ ...misbehaviour, times: 'all' });
  const { stdout, stderr, exitCode } = await helper(['get'], { input: 'gcr.io', env });
  expect(stderr).toMatch(reason);
  expect(stderr).not.toMatch(/eyJ|ya29|at .*\.ts:/);
  expect(stdout).toBe(NOT_FOUND);
  expect(exitCode).toBe(1);
});

test('gcloud is the default source, and is asked for a token with at least ten minutes left', async () => {
  const google = await startGoogle();
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint });
  const helper = await helperAt(await tempDir());
  const { stdout, stderr } = await helper(['get'], { input: 'gcr.io', env: { PATH: `${gcloud.dir}:/usr/bin:/bin` } });
  expect(stderr).toBe('');
  expect(google.endpoint.isValid(JSON.parse(stdout).Secret)).toBe(true);
  expect(await gcloud.calls()).toEqual([['config', 'config-helper', '--format=json', '--min-expiry=600s']]);
});

test.each([
  ['no account logged in', {}, /gcloud has no account that is logged in\nhint: .*gcloud auth login/],
  ['garbage', { instead: { stdout: 'Traceback (most recent call last)', exitCode: 0 } }, /printed no credential/],
  [
    'a crash',
    { instead: { stderr: 'ERROR: (gcloud.config) disk I/O error', exitCode: 1 } },
    /exit code 1: disk I\/O error/,
  ],
])('gcloud with %s: not found on stdout, the reason on stderr', async (_, options, reason) => {
  const gcloud = await writeGcloud(await tempDir(), options);
  const helper = await helperAt(await tempDir());
  const { stdout, stderr } = await helper(['get'], { input: 'gcr.io', env: { KINDGCR_GCLOUD: gcloud.program } });
  expect(stderr).toMatch(reason);
  expect(stdout).toBe(NOT_FOUND);
});

test('after a switch of the gcloud account a new token is requested', async () => {
  const google = await startGoogle();
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint });
  const config = await tempDir();
  const helper = await helperAt(await tempDir());
  const env = { KINDGCR_GCLOUD: gcloud.program, CLOUDSDK_CONFIG: config };
  await mkdir(join(config, 'configurations'));
  await writeFile(join(config, 'configurations/config_default'), '[core]\naccount = a@example.com\n');
  await helper(['get'], { input: 'gcr.io', env });
  await helper(['get'], { input: 'gcr.io', env });
  expect(await gcloud.calls()).toHaveLength(1);
  await writeFile(join(config, 'configurations/config_default'), '[core]\naccount = b@example.com\n');
  await helper(['get'], { input: 'gcr.io', env });
  expect(await gcloud.calls()).toHaveLength(2);
});

test('store and erase succeed without output and store nothing', async () => {
  const home = await tempDir();
  const helper = await helperAt(home);
  const store = await helper(['store'], { input: '{"ServerURL":"gcr.io","Username":"u","Secret":"s3cret"}' });
  expect(store).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  expect(await helper(['erase'], { input: 'gcr.io' })).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  expect(await readdir(home)).toEqual(['docker-credential-kindgcr']);
});

test('list prints the registries that Docker asks this helper for, without a request', async () => {
  const home = await tempDir();
  const helper = await helperAt(home);
  expect((await helper(['list'], { input: 'unused' })).stdout).toBe('{}\n');
  await mkdir(join(home, '.docker'));
  const config = { credHelpers: { 'gcr.io': 'kindgcr', 'us.gcr.io': 'gcloud' }, auths: { 'quay.io': {} } };
  await writeFile(join(home, '.docker/config.json'), JSON.stringify(config));
  expect((await helper(['list'], { input: 'unused' })).stdout).toBe('{"gcr.io":"oauth2accesstoken"}\n');
});

test('list as the credsStore prints the default registries and those with an entry', async () => {
  const home = await tempDir();
  const helper = await helperAt(home);
  await mkdir(join(home, '.docker'));
  const config = { credsStore: 'kindgcr', auths: { 'quay.io': {}, 'us-docker.pkg.dev': {} } };
  await writeFile(join(home, '.docker/config.json'), JSON.stringify(config));
  const { stdout } = await helper(['list'], { input: 'unused' });
  const hosts = ['asia.gcr.io', 'eu.gcr.io', 'gcr.io', 'us-docker.pkg.dev', 'us.gcr.io'];
  expect(Object.keys(JSON.parse(stdout)).sort()).toEqual(hosts);
});

test.each([
  [['get'], '', 'no credentials server URL\n'],
  [['erase'], ' \n', 'no credentials server URL\n'],
  [['store'], '{"ServerURL":"gcr.io"}', 'no credentials username\n'],
  [['frobnicate'], '', 'docker-credential-kindgcr: unknown action: frobnicate\n'],
  [[], '', 'Usage: docker-credential-kindgcr <store|get|erase|list|version>\n'],
  [['get', 'gcr.io'], 'gcr.io', 'Usage: docker-credential-kindgcr <store|get|erase|list|version>\n'],
])("%j with %j on stdin: the protocol's error text on stdout, exit 1", async (args, input, stdout) => {
  const helper = await helperAt(await tempDir());
  expect(await helper(args, { input })).toMatchObject({ stdout, stderr: '', exitCode: 1 });
});

test.each(['version', '--version', '-v'])('%s prints the version', async (action) => {
  const helper = await helperAt(await tempDir());
  const { version } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
  expect(await helper([action])).toMatchObject({
    stdout: `docker-credential-kindgcr (kindgcr) ${version}\n`,
    exitCode: 0,
  });
});
