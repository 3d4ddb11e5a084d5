import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type StandInContainer, writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { programFile, runProgram, startProgram } from '../support/run/programs.ts';
import { run } from '../support/run/run.ts';

/** A user's machine: a home folder, a PATH with only what the test puts there, and Google behind a proxy. */
async function machine(docker?: Parameters<typeof writeDocker>[1]) {
  const google = await startGoogle();
  const home = await tempDir();
  const bin = await tempDir();
  if (docker) await writeDocker(bin, docker);
  const key = await google.keyfile();
  const env = { HOME: home, PATH: bin, ...google.env };
  return {
    google,
    home,
    key,
    kindgcr: (...args: string[]) => runProgram('host', args, { env }),
    kindgcrWith: (more: Record<string, string>, ...args: string[]) =>
      runProgram('host', args, { env: { ...env, ...more } }),
    start: (...args: string[]) => startProgram('host', args, { env }),
    engineCalls: () => readFile(join(bin, 'docker-calls'), 'utf8').catch(() => ''),
    /** What a failed command may leave in the home: nothing. */
    leftovers: () => readdir(home),
  };
}

const DEV: StandInContainer = { name: 'dev-control-plane', cluster: 'dev', role: 'control-plane' };

test('install without a container engine: one sentence, exit 5, no file left behind', async () => {
  const { kindgcr, key, leftovers } = await machine();
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key);
  expect(stderr).toBe(
    'error: no container engine: looked for docker, nerdctl, finch, podman on PATH\n' +
      'hint: kind needs one of them; install Docker: https://docs.docker.com/engine/install/\n',
  );
  expect(exitCode).toBe(5);
  expect(await leftovers()).toEqual([]);
});

test('an engine that does not answer: its own message is shown, exit 5', async () => {
  const { kindgcr, key, leftovers } = await machine({ daemon: false });
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key);
  expect(stderr).toMatch(/^error: docker does not answer: Cannot connect to the Docker daemon at .*\nhint: Start it/);
  expect(exitCode).toBe(5);
  expect(await leftovers()).toEqual([]);
});

test('no such cluster: exit 6, and how to list the clusters', async () => {
  const { kindgcr, key, leftovers } = await machine({ containers: [DEV] });
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key, '--name', 'prod');
  expect(stderr).toMatch(/^error: there is no kind cluster "prod"\nhint: There is: dev. Name one with --name./);
  expect(exitCode).toBe(6);
  expect(await leftovers()).toEqual([]);
});

test('a load balancer alone is not a node', async () => {
  const { kindgcr, key } = await machine({
    containers: [{ name: 'dev-external-load-balancer', cluster: 'dev', role: 'external-load-balancer' }],
  });
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key, '--name', 'dev');
  expect(stderr).toMatch(/^error: there is no kind cluster "dev"/);
  expect(exitCode).toBe(6);
});

test('a stopped cluster: exit 6, and the command that starts it', async () => {
  const { kindgcr, key } = await machine({ containers: [{ ...DEV, running: false }] });
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key, '--name', 'dev');
  expect(stderr).toBe(
    'error: no node of kind cluster "dev" is running\nhint: Start it: docker start dev-control-plane\n',
  );
  expect(exitCode).toBe(6);
});

test('KIND_CLUSTER_NAME names the cluster, as for kind', async () => {
  const { kindgcrWith, key } = await machine({ containers: [] });
  const { stderr } = await kindgcrWith({ KIND_CLUSTER_NAME: 'ci' }, 'install', '--keyfile', key);
  expect(stderr).toMatch(/^error: there is no kind cluster "ci"/);
});

test('a broken docker config stops the install before a node is changed, and is not changed', async () => {
  const { kindgcr, key, home } = await machine({ containers: [DEV] });
  await mkdir(join(home, '.docker'));
  const config = join(home, '.docker/config.json');
  await writeFile(config, '{"auths":{"quay.io":{"auth":"c2VjcmV0OnNlY3JldA=="}},');
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key, '--name', 'dev');
  expect(stderr).toMatch(/^error: .*config.json is not a JSON object, so nothing was changed in it\nhint: /);
  expect(stderr).not.toContain('c2VjcmV0');
  expect(exitCode).toBe(8);
  expect(await readFile(config, 'utf8')).toBe('{"auths":{"quay.io":{"auth":"c2VjcmV0OnNlY3JldA=="}},');
});

test.each([
  ['no gcloud', [], {}, 3, /^error: gcloud is not installed, or not on PATH/],
  [
    'no key file',
    ['--keyfile', '/nowhere/key.json'],
    {},
    3,
    /^error: key file \/nowhere\/key.json does not exist\nhint: Make a key/,
  ],
  [
    'a file that is not a key',
    ['--keyfile', 'package.json'],
    {},
    3,
    /^error: .*package.json is not a service account key/,
  ],
  [
    'a key with another source',
    ['--keyfile', 'k.json', '--source', 'gcloud'],
    {},
    2,
    /^error: --keyfile can't be combined with --source gcloud/,
  ],
  ['an unknown source', ['--source', 'vault'], {}, 2, /error: option '--source <source>' argument 'vault' is invalid/],
  ['a wrong flag', ['--nmae', 'dev'], {}, 2, /error: unknown option '--nmae'\n\(Did you mean --name\?\)/],
  [
    'a registry of another company',
    ['--registries', 'quay.io'],
    {},
    2,
    /"quay.io" is not a private Google Docker registry/,
  ],
])('%s: one sentence with a hint', async (_, args, env, code, message) => {
  const { kindgcrWith, leftovers } = await machine({ containers: [DEV] });
  const { stderr, exitCode } = await kindgcrWith(env, 'install', '--name', 'dev', ...args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(code);
  expect(await leftovers()).toEqual([]);
});

test('not logged in with gcloud: exit 3, and how to log in', async () => {
  const { kindgcrWith } = await machine({ containers: [DEV] });
  const gcloud = await writeGcloud(await tempDir());
  const { stderr, exitCode } = await kindgcrWith({ KINDGCR_GCLOUD: gcloud.program, PATH: '/usr/bin:/bin' }, 'install');
  expect(stderr).toBe('error: gcloud has no account that is logged in\nhint: Log in: gcloud auth login\n');
  expect(exitCode).toBe(3);
});

test('a key that Google refuses stops the install before a node is changed', async () => {
  const { google, kindgcr, key } = await machine({ containers: [DEV] });
  google.endpoint.revoke('puller@kindgcr-test.iam.gserviceaccount.com');
  const { stderr, exitCode } = await kindgcr('install', '--keyfile', key, '--name', 'dev');
  expect(stderr).toMatch(
    /^error: Google refused the credential of service account puller@.*invalid_grant.*\nhint: The key or its account was deleted/,
  );
  expect(exitCode).toBe(3);
});

test('a second Ctrl-C ends an install at once, and says what is left and what takes it out', async () => {
  const { start, key, engineCalls } = await machine({ containers: [DEV], hangs: true });
  const installing = await start('install', '--keyfile', key, '--name', 'dev');
  await expect.poll(engineCalls).toMatch(/exec/);
  process.kill(installing.pid, 'SIGINT');
  await installing.prints(/stopping; press Ctrl-C again to stop at once/);
  const { stderr, exitCode } = await installing.stop('SIGINT');
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(
    /\nstopped at once: nodes may be left half-installed; run kindgcr install again, or remove it: kindgcr uninstall --name dev\n$/,
  );
});

test('help shows the commands and examples, and a missing command is reported as a usage error', async () => {
  const { kindgcr } = await machine();
  const help = await kindgcr('install', '--help');
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toMatch(/Examples:\n {2}kindgcr install/);
  expect((await kindgcr()).exitCode).toBe(2);
});

test('kindgcr alone on a terminal prints the first steps in three lines', async () => {
  const { stdout, exitCode } = await run(
    'script',
    ['-qec', `'${process.execPath}' '${programFile('host')}'`, '/dev/null'],
    {
      env: { PATH: '/usr/bin:/bin', HOME: await tempDir() },
    },
  );
  expect(stdout.replaceAll('\r', '').split('\n')).toEqual([
    expect.stringMatching(/^kindgcr lets your Docker and your kind clusters pull private images/),
    expect.stringMatching(/^Start with: kindgcr install /),
    expect.stringMatching(/^Then: kindgcr status; .*kindgcr doctor; .*kindgcr help$/),
    '',
  ]);
  expect(exitCode).toBe(0);
});
