import { access, copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { isThisMachine, TARGETS } from '../../scripts/build/targets.ts';
import { plainNode } from '../agent/plain-node.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { listen } from '../support/network/listen.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import { REPOSITORY, run, runScript, start } from '../support/run/run.ts';
import { notLinux, testUnless } from '../support/vitest/obstacle.ts';
import { sigusr1, sigusr1DuringGet, sigusr1DuringWatch } from './sigusr1.ts';

const target = TARGETS.find(isThisMachine);
const noStrace = await debianPrograms({ strace: 'strace' });

const dist = join(REPOSITORY, 'dist');
const kindgcr = join(dist, 'kindgcr');
const helper = join(dist, 'docker-credential-kindgcr');
const agent = join(dist, `kindgcr-agent-${target?.name}`);

/** A home folder and nothing else: no PATH either, so that no other program can be found. */
async function bareEnvironment() {
  return { HOME: await tempDir(), PATH: '' };
}

/** A home folder in which the helper has a valid token in its cache. */
async function warmHome() {
  const google = await startGoogle();
  const env = { ...(await bareEnvironment()), KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: await google.keyfile() };
  const first = await run(helper, ['get'], { input: 'gcr.io', env: { ...env, ...google.env } });
  expect(first.stderr).toBe('');
  return { google, env, answer: first.stdout };
}

/** A script that creates a file when it is loaded. */
async function trap() {
  const folder = await tempDir();
  const sprung = join(folder, 'sprung');
  const script = join(folder, 'trap.cjs');
  await writeFile(script, `require('node:fs').writeFileSync(${JSON.stringify(sprung)}, '');`);
  return { script, sprung: () => isThere(sprung) };
}

const machine = `${process.platform}-${process.arch}`;
describe('the executables', () => {
  beforeEach((context) => target === undefined && context.skip(`there is no runtime for ${machine}`));
  beforeAll(async () => {
    if (target === undefined) return;
    const { exitCode, stderr } = await build();
    expect(exitCode, stderr).toBe(0);
  }, 240_000);

  test('one file is kindgcr or the helper, depending on its name', async () => {
    const env = await bareEnvironment();
    const { version } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
    expect((await run(kindgcr, ['--version'], { env })).stdout).toBe(`${version}\n`);
    expect((await run(helper, ['version'], { env })).stdout).toBe(`docker-credential-kindgcr (kindgcr) ${version}\n`);
    expect((await run(agent, ['version'], { env })).stdout).toBe(`kindgcr-agent ${version}\n`);
    expect((await stat(helper)).ino).toBe((await stat(kindgcr)).ino);
  });

  test('a link with the other name is the other program, and a copy needs no other files', async () => {
    const env = await bareEnvironment();
    const folder = await tempDir();
    const link = join(folder, 'docker-credential-kindgcr');
    await symlink(kindgcr, link);
    expect((await run(link, ['list'], { env })).stdout).toBe('{}\n');
    const copy = join(folder, 'kindgcr');
    await copyFile(helper, copy);
    expect(await run(copy, ['install', '--help'], { env, cwd: folder })).toMatchObject({ stderr: '', exitCode: 0 });
  });

  test('a warm get needs no PATH, no network and no writable current folder', async () => {
    const { google, env, answer } = await warmHome();
    let connections = 0;
    const unused = await listen(
      createServer((socket) => {
        connections += 1;
        socket.destroy();
      }),
    );
    onTestFinished(() => unused.close());
    const proxy = `http://127.0.0.1:${unused.port}`;
    const get = await run(helper, ['get'], {
      input: 'gcr.io',
      cwd: '/proc',
      env: { ...env, HTTPS_PROXY: proxy, HTTP_PROXY: proxy, https_proxy: proxy, http_proxy: proxy },
    });
    expect(get.stderr).toBe('');
    expect(get.stdout === answer).toBe(true);
    expect(connections).toBe(0);
    expect(google.endpoint.requests).toBe(1);
  });

  testUnless(noStrace)('under strace, a warm get opens no socket and starts no process', async () => {
    const { env, answer } = await warmHome();
    const trace = join(await tempDir(), 'trace');
    const args = ['-f', '-e', 'trace=socket,connect,execve,fork,vfork', '-o', trace, helper, 'get'];
    const get = await run((await onPath('strace')) ?? '', args, { input: 'gcr.io', env });
    expect(get.stdout === answer).toBe(true);
    const calls = (await readFile(trace, 'utf8'))
      .split('\n')
      .filter((line) => /\b(socket|connect|execve|v?fork)\(/.test(line));
    expect(calls).toEqual([expect.stringContaining('execve(')]); // starting itself
  });

  test("a cold get asks Google, with the certificates of the system's store", async () => {
    const google = await startGoogle();
    const { NODE_EXTRA_CA_CERTS: store = '', ...network } = google.env;
    const env = { ...(await bareEnvironment()), ...network, GOOGLE_APPLICATION_CREDENTIALS: await google.keyfile() };
    const refused = await run(helper, ['get'], { input: 'gcr.io', env });
    expect(refused).toMatchObject({ stdout: 'credentials not found in native keychain\n', exitCode: 1 });
    const get = await run(helper, ['get'], { input: 'gcr.io', env: { ...env, SSL_CERT_FILE: store } });
    expect(get.stderr).toBe('');
    expect(google.endpoint.isValid(JSON.parse(get.stdout).Secret)).toBe(true);
  });

  test.each([
    ['kindgcr', () => kindgcr, ['--version']],
    ['the helper', () => helper, ['list']],
    ['the agent', () => agent, ['version']],
  ])('%s does not load what NODE_OPTIONS names', async (_, program, args) => {
    const { script, sprung } = await trap();
    const env = { ...(await bareEnvironment()), NODE_OPTIONS: `--require=${script}` };
    expect((await run(process.execPath, ['--eval', '0'], { env })).exitCode).toBe(0);
    expect(await sprung()).toBe(true); // the script is loaded by Node itself
    const again = await trap();
    const result = await run(program(), args, { env: { ...env, NODE_OPTIONS: `--require=${again.script}` } });
    expect(result).toMatchObject({ stderr: '', exitCode: 0 });
    expect(await again.sprung()).toBe(false);
  });

  testUnless(notLinux)('SIGUSR1 does not open an inspector in the helper, and its get is answered', () =>
    sigusr1DuringGet(helper, dist),
  );

  testUnless(notLinux)('SIGUSR1 does not open an inspector in kindgcr watch, which keeps running', () =>
    sigusr1DuringWatch(kindgcr, dist),
  );

  testUnless(notLinux)('SIGUSR1 does not open an inspector in the agent, which keeps running', async () => {
    const google = await startGoogle();
    const node = await plainNode({}, google.env);
    const daemon = await start(agent, ['--root', node.root, 'run'], { env: node.env });
    onTestFinished(async () => void (await daemon.stop('SIGKILL')));
    await daemon.prints(/ error key file .* does not exist/);
    await sigusr1(daemon, async () => {
      await mkdir(dirname(node.layout.keyfile), { recursive: true });
      await copyFile(await google.keyfile(), node.layout.keyfile);
      await daemon.prints(/obtained credentials/);
    });
    expect(await daemon.stop()).toMatchObject({ exitCode: 0 });
  });

  test("Node's own options are rejected like any unknown option, with exit code 2", async () => {
    const env = await bareEnvironment();
    for (const program of [kindgcr, agent]) {
      for (const flag of ['--bogus', '--eval=process.exit(0)', '--inspect']) {
        const { exitCode, stderr } = await run(program, [flag], { env });
        expect(stderr).toContain(`unknown option '${flag}'`);
        expect(exitCode).toBe(2);
      }
    }
  });

  test('the agent sets up a node and keeps running until it is stopped', async () => {
    const google = await startGoogle();
    const node = await plainNode({}, google.env);
    await mkdir(dirname(node.layout.keyfile), { recursive: true });
    await copyFile(await google.keyfile(), node.layout.keyfile);
    const daemon = await start(agent, ['--root', node.root, 'run'], { env: node.env });
    onTestFinished(async () => void (await daemon.stop('SIGKILL')));
    await daemon.prints(/obtained credentials/);
    await daemon.prints(/restarted the kubelet/);
    const status = async () =>
      JSON.parse((await run(agent, ['--root', node.root, 'status', '--json'], { env: node.env })).stdout);
    // The restart is logged before the kubelet's health is checked and the state is saved.
    await expect
      .poll(status)
      .toMatchObject({ credentials: 'valid', failures: 0, kubeletRestarts: { count: 1, pending: null } });
    expect(await daemon.stop()).toMatchObject({ exitCode: 0 });
  });

  test('building again changes no executable and leaves no temporary files', async () => {
    const before = await Promise.all([kindgcr, helper, agent].map((path) => stat(path)));
    const { stdout } = await build();
    expect(stdout.match(/up to date/g)).toHaveLength(2);
    const after = await Promise.all([kindgcr, helper, agent].map((path) => stat(path)));
    expect(after.map(({ ino, mtimeMs }) => [ino, mtimeMs])).toEqual(before.map(({ ino, mtimeMs }) => [ino, mtimeMs]));
    expect((await readdir(dist)).filter((name) => /^\.|\.new$/.test(name))).toEqual([]);
  });
});

function build() {
  return runScript('scripts/build.ts', [], { env: { PATH: process.env.PATH ?? '' }, timeout: 200_000 });
}

async function onPath(name: string): Promise<string | undefined> {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  const there = await Promise.all(candidates.map(isThere));
  return candidates[there.indexOf(true)];
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
