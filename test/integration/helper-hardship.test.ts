import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { helperAt, NOT_FOUND, withKey } from '../support/run/helper.ts';
import { REPOSITORY, run, start } from '../support/run/run.ts';

const isRoot = process.getuid?.() === 0;

/** A small file system for the running test, where mounting is possible. */
async function smallDisk(atEnd: (undo: () => Promise<void>) => void) {
  const folder = await tempDir(atEnd);
  const env = { PATH: process.env.PATH ?? '' };
  const mount = await run('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0755', 'tmpfs', folder], { env });
  if (mount.exitCode !== 0) return undefined;
  atEnd(async () => void (await run('umount', [folder], { env })));
  return { folder, readOnly: () => run('mount', ['-o', 'remount,ro', folder], { env }) };
}

test('get on a full disk still answers', async (context) => {
  const disk = isRoot ? await smallDisk(context.onTestFinished) : undefined;
  if (disk === undefined) return context.skip('only root can mount a small disk');
  await writeFile(join(disk.folder, 'filler'), Buffer.alloc(64 * 1024)).catch(() => {});
  const { env, helper } = await withKey();
  const { stdout, exitCode } = await helper(['get'], { input: 'gcr.io', env: { ...env, XDG_CACHE_HOME: disk.folder } });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).Username).toBe('oauth2accesstoken');
});

test('get with a read-only home still answers, without a message', async (context) => {
  const disk = isRoot ? await smallDisk(context.onTestFinished) : undefined;
  if (disk === undefined) return context.skip('only root can mount a small disk');
  const { env, helper } = await withKey();
  await disk.readOnly();
  expect(await helper(['get'], { input: 'gcr.io', env: { ...env, HOME: disk.folder } })).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
});

test('get with HOME unset still answers', async () => {
  const { google, env, home } = await withKey();
  const script = join(home, 'docker-credential-kindgcr');
  const bare = { ...env, PATH: '/usr/bin:/bin', XDG_CACHE_HOME: home };
  const { stdout, exitCode } = await run(process.execPath, [script, 'get'], { input: 'gcr.io', env: bare });
  expect(exitCode).toBe(0);
  expect(google.endpoint.isValid(JSON.parse(stdout).Secret)).toBe(true);
});

test('a cached token that belongs to another user is not served', async (context) => {
  if (!isRoot) return context.skip('only root can change the owner of a file');
  const { google, home, env, helper } = await withKey();
  await helper(['get'], { input: 'gcr.io', env });
  const folder = join(home, '.cache/kindgcr');
  const [file = ''] = await readdir(folder);
  await chown(join(folder, file), 12345, 12345);
  await helper(['get'], { input: 'gcr.io', env });
  expect(google.endpoint.tokensIssued).toBe(2);
});

test('when the holder of the lock is killed, the next get still answers', async () => {
  const google = await startGoogle();
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint, delay: 120_000 });
  const home = await tempDir();
  const helper = await helperAt(home);
  const env = { HOME: home, PATH: '/usr/bin:/bin', KINDGCR_GCLOUD: gcloud.program };
  await writeFile(join(home, 'question'), 'gcr.io');
  const script = join(home, 'docker-credential-kindgcr');
  const holder = await start('sh', ['-c', `exec '${process.execPath}' '${script}' get < '${home}/question'`], { env });
  await expect.poll(() => gcloud.calls(), { timeout: 30_000 }).toHaveLength(1);
  await gcloud.become({ google: google.endpoint });
  await holder.stop('SIGKILL');
  // Killed after 12 s by the option below, which is sooner than the lock of a running holder would be broken.
  const { stdout, exitCode } = await helper(['get'], { input: 'gcr.io', env, timeout: 12_000 });
  expect(exitCode).toBe(0);
  expect(google.endpoint.isValid(JSON.parse(stdout).Secret)).toBe(true);
});

test('closed stdin is treated like empty input', async () => {
  const home = await tempDir();
  await helperAt(home);
  const command = `exec '${process.execPath}' '${home}/docker-credential-kindgcr' get <&-`;
  const { stdout, exitCode } = await run('sh', ['-c', command], { env: { HOME: home } });
  expect(stdout).toBe('no credentials server URL\n');
  expect(exitCode).toBe(1);
});

test('more than 64 KiB on a line is refused, and a secret in it is not shown', async () => {
  const helper = await helperAt(await tempDir());
  const { stdout, stderr, exitCode } = await helper(['store'], {
    input: JSON.stringify({ ServerURL: 'gcr.io', Username: 'u', Secret: 's3cret'.repeat(20_000) }),
  });
  expect(stdout).toBe('a line of the input is too long\n');
  expect(stderr).toBe('');
  expect(exitCode).toBe(1);
});

test('store of something that is not JSON is an error that does not show the secret', async () => {
  const helper = await helperAt(await tempDir());
  const { stdout, stderr, exitCode } = await helper(['store'], { input: '{"Secret":"s3cret' });
  expect(stdout).toBe('the credentials to store are not a JSON object\n');
  expect(stderr).toBe('');
  expect(exitCode).toBe(1);
});

test('list makes no requests, even with a broken gcloud or docker config', async () => {
  const home = await tempDir();
  const gcloud = await writeGcloud(await tempDir());
  const helper = await helperAt(home);
  await mkdir(join(home, '.docker'));
  for (const config of ['{', '[]', '{"credHelpers":[]}', '']) {
    await writeFile(join(home, '.docker/config.json'), config);
    const list = await helper(['list'], { input: 'unused', env: { KINDGCR_GCLOUD: gcloud.program } });
    expect(list).toMatchObject({ stdout: '{}\n', stderr: '', exitCode: 0 });
  }
  expect(await gcloud.calls()).toEqual([]);
});

test('a notice that gcloud prints before its answer is ignored', async () => {
  const google = await startGoogle();
  const notice = 'WARNING: Your project has moved.';
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint, notice });
  const helper = await helperAt(await tempDir());
  const { stdout } = await helper(['get'], { input: 'gcr.io\r\n', env: { KINDGCR_GCLOUD: gcloud.program } });
  expect(JSON.parse(stdout).ServerURL).toBe('gcr.io');
});

const answer = (credential: object) => ({ instead: { stdout: JSON.stringify({ credential }), exitCode: 0 } });
test.each([
  [
    'an expired token',
    answer({ access_token: 't0ken', token_expiry: '2001-01-01T00:00:00Z' }),
    /answered with an expired token/,
  ],
  [
    'a token with an invalid expiry',
    answer({ access_token: 't0ken', token_expiry: 'soon' }),
    /without the token's expiry/,
  ],
])('gcloud with %s: not found on stdout, the reason on stderr', async (_, options, reason) => {
  const gcloud = await writeGcloud(await tempDir(), options);
  const helper = await helperAt(await tempDir());
  const { stdout, stderr } = await helper(['get'], { input: 'gcr.io', env: { KINDGCR_GCLOUD: gcloud.program } });
  expect(stdout).toBe(NOT_FOUND);
  expect(stderr).toMatch(reason);
  expect(stderr).not.toContain('t0ken');
});

test("gcloud's access_token_file: the token is served, and gcloud is asked each time", async () => {
  const gcloud = await writeGcloud(await tempDir(), answer({ access_token: 't0ken', token_expiry: null }));
  const helper = await helperAt(await tempDir());
  for (const call of [1, 2]) {
    const { stdout } = await helper(['get'], { input: 'gcr.io', env: { KINDGCR_GCLOUD: gcloud.program } });
    expect(JSON.parse(stdout).Secret).toBe('t0ken');
    expect(await gcloud.calls()).toHaveLength(call);
  }
});

test('KINDGCR_MIN_LIFE sets the minimum remaining lifetime of a token', async () => {
  const { google, env, helper } = await withKey();
  google.endpoint.tokenLife = 1200;
  await helper(['get'], { input: 'gcr.io', env });
  await helper(['get'], { input: 'gcr.io', env: { ...env, KINDGCR_MIN_LIFE: '15m' } });
  expect(google.endpoint.tokensIssued).toBe(1);
  await helper(['get'], { input: 'gcr.io', env: { ...env, KINDGCR_MIN_LIFE: '30m' } });
  expect(google.endpoint.tokensIssued).toBe(2);
  const refused = await helper(['get'], { input: 'gcr.io', env: { ...env, KINDGCR_MIN_LIFE: 'long' } });
  expect(refused.stdout).toBe(NOT_FOUND);
  expect(refused.stderr).toMatch(/"long" is not a minimum life for tokens\nhint: /);
});

test('the helper uses application default credentials, with a proxy and a CA of the company', async () => {
  const google = await startGoogle();
  const home = await tempDir();
  const helper = await helperAt(home);
  await mkdir(join(home, '.config/gcloud'), { recursive: true });
  const login = google.endpoint.authorizedUser({ account: 'jo@example.com' });
  await writeFile(join(home, '.config/gcloud/application_default_credentials.json'), JSON.stringify(login));
  const { stdout, stderr } = await helper(['get'], { input: 'gcr.io', env: { ...google.env, PATH: REPOSITORY } });
  expect(stderr).toBe('');
  expect(google.endpoint.issuedFor(JSON.parse(stdout).Secret)).toMatchObject({ account: 'jo@example.com' });
});
