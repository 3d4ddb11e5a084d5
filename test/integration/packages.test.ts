import { copyFile, link, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RELEASES } from '../../scripts/package/releases.ts';
import { writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import { REPOSITORY, run, runScript } from '../support/run/run.ts';

const packages = join(REPOSITORY, 'dist', 'packages');
const { version } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
const tarball = (name: string) => join(packages, `${name}-${version}.tgz`);

const isBuilder = process.platform === 'linux' && process.arch === 'x64';
const obstacle = isBuilder
  ? await debianPrograms({ git: 'git', '/usr/lib/x86_64-linux-gnu/libatomic.so.1': 'libatomic1' }) // for one of the runtimes
  : 'is built on linux-x64 only';
// Debian packages by the command that they bring, or by the path of their loader.
const lacking =
  obstacle ??
  (await debianPrograms({
    'qemu-aarch64-static': 'qemu-user-static',
    '/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1': 'libstdc++6-arm64-cross',
  }));

describe.skipIf(obstacle !== undefined)(`a release${obstacle ? ` (${obstacle})` : ''}`, () => {
  beforeAll(async () => {
    const made = await runScript('scripts/package.ts', [], { env: process.env, timeout: 580_000 });
    expect(made.exitCode, made.stderr).toBe(0);
    expect(made.stderr).toMatch(/darwin-arm64 is not signed; on a Mac: codesign/);
  }, 600_000);

  test('consists of these files, with a checksum for each', async () => {
    expect((await readdir(packages)).sort()).toEqual([
      'SHA256SUMS',
      `kindgcr-${version}.tgz`,
      'kindgcr-agent-linux-arm64',
      `kindgcr-agent-linux-arm64-${version}.tgz`,
      'kindgcr-agent-linux-x64',
      `kindgcr-agent-linux-x64-${version}.tgz`,
      'kindgcr-darwin-arm64',
      'kindgcr-darwin-x64',
      'kindgcr-linux-arm64',
      'kindgcr-linux-x64',
      'kindgcr-win-x64.exe',
      'kindgcr.cdx.json',
      'kindgcr.json',
      'kindgcr.rb',
    ]);
    const { stdout, exitCode } = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: packages });
    expect(exitCode, stdout).toBe(0);
    expect(stdout.match(/: OK$/gm)).toHaveLength(13);
  });

  // The first bytes of a file identify its format and its machine: ELF, Mach-O and PE each differently.
  test.each([
    ['kindgcr-linux-x64', '7f454c46', [18, '3e00']],
    ['kindgcr-agent-linux-x64', '7f454c46', [18, '3e00']],
    ['kindgcr-linux-arm64', '7f454c46', [18, 'b700']],
    ['kindgcr-agent-linux-arm64', '7f454c46', [18, 'b700']],
    ['kindgcr-darwin-x64', 'cffaedfe', [4, '07000001']],
    ['kindgcr-darwin-arm64', 'cffaedfe', [4, '0c000001']],
    ['kindgcr-win-x64.exe', '4d5a', ['PE', '6486']],
  ] as const)('%s is for that machine, and contains the program', async (name, format, [place, machine]) => {
    const path = join(packages, name);
    const head = await firstBytes(path, 1024);
    const at = place === 'PE' ? head.readUInt32LE(0x3c) + 4 : place;
    expect(head.toString('hex').startsWith(format)).toBe(true);
    expect(head.subarray(at, at + machine.length / 2).toString('hex')).toBe(machine);
    const content = await readFile(path);
    const fuse = content.indexOf('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:');
    expect(content.subarray(fuse + 47, fuse + 48).toString()).toBe('1');
    expect(content.includes(name.includes('agent') ? 'agent/program.ts' : 'helper/serve.ts')).toBe(true);
    expect(content.includes(REPOSITORY), 'contains paths of the build machine').toBe(false);
  });

  test.skipIf(lacking !== undefined)(
    `on arm64, all three programs run, and a get is answered from the cache${lacking ? ` (${lacking})` : ''}`,
    async () => {
      const folder = await tempDir();
      const arm64 = async (released: string, name: string) => {
        await link(join(packages, released), join(folder, name)).catch(() =>
          copyFile(join(packages, released), join(folder, name)),
        );
        return (args: readonly string[], env: Record<string, string>, input = '') =>
          run('qemu-aarch64-static', ['-L', '/usr/aarch64-linux-gnu', join(folder, name), ...args], {
            input,
            env: { PATH: process.env.PATH ?? '', ...env },
            timeout: 50_000,
          });
      };
      const google = await startGoogle();
      const env = { HOME: await tempDir(), KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: await google.keyfile() };
      const kindgcr = await arm64('kindgcr-linux-arm64', 'kindgcr');
      expect(await kindgcr(['--version'], env)).toMatchObject({ stdout: `${version}\n`, stderr: '' });
      const agent = await arm64('kindgcr-agent-linux-arm64', 'kindgcr-agent');
      expect(await agent(['version'], env)).toMatchObject({ stdout: `kindgcr-agent ${version}\n`, stderr: '' });
      const helper = await arm64('kindgcr-linux-arm64', 'docker-credential-kindgcr');
      const first = await helper(
        ['get'],
        { ...env, ...google.env, SSL_CERT_FILE: google.env.NODE_EXTRA_CA_CERTS ?? '' },
        'gcr.io',
      );
      expect(first.stderr).toBe('');
      expect(google.endpoint.isValid(JSON.parse(first.stdout).Secret)).toBe(true);
      const second = await helper(['get'], env, 'gcr.io');
      expect(second.stderr).toBe('');
      expect(second.stdout === first.stdout).toBe(true);
      expect(google.endpoint.requests).toBe(1);
    },
    200_000,
  );

  test('the bill of materials names libraries and runtimes, without dates and without development dependencies', async () => {
    const bom = JSON.parse(await readFile(join(packages, 'kindgcr.cdx.json'), 'utf8'));
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'kindgcr', version } } });
    expect(bom.serialNumber ?? bom.metadata.timestamp).toBe(undefined);
    const names: string[] = bom.components.map(({ name }: { name: string }) => name);
    const runtimes = RELEASES.map(({ target }) => target.runtimePackage);
    expect(names).toEqual(expect.arrayContaining(['undici', 'google-auth-library', ...runtimes]));
    expect(names.filter((name) => /^(vitest|typescript|@typescript\/.*|esbuild)$/.test(name))).toEqual([]);
  });

  test('npm installs it without a network: both commands run, and the agents for both architectures are found', async () => {
    const prefix = await tempDir();
    const tarballs = ['kindgcr', 'kindgcr-agent-linux-x64', 'kindgcr-agent-linux-arm64'].map(tarball);
    const install = await run('npm', ['install', '--global', '--offline', '--prefix', prefix, ...tarballs], {
      env: process.env,
      timeout: 120_000,
    });
    expect(install.exitCode, install.stderr).toBe(0);
    const google = await startGoogle();
    const home = await tempDir();
    const bin = await tempDir();
    await writeDocker(bin, { containers: [] });
    const env = { HOME: home, PATH: `${join(process.execPath, '..')}:${bin}`, ...google.env };
    const kindgcr = join(prefix, 'bin', 'kindgcr');
    const helper = join(prefix, 'bin', 'docker-credential-kindgcr');
    expect(await run(kindgcr, ['--version'], { env })).toMatchObject({ stdout: `${version}\n`, stderr: '' });
    expect(await run(helper, ['list'], { env })).toMatchObject({ stdout: '{}\n', stderr: '' });
    const key = await google.keyfile();
    const get = await run(helper, ['get'], { input: 'gcr.io', env: { ...env, GOOGLE_APPLICATION_CREDENTIALS: key } });
    expect(get.stderr).toBe('');
    expect(google.endpoint.isValid(JSON.parse(get.stdout).Secret)).toBe(true);

    // It looks for the agents before it looks for kind, and prints nothing about them if they are found.
    const create = () => run(kindgcr, ['create', 'cluster', '--keyfile', key], { env });
    expect((await create()).stderr).toContain('kind is not installed');
    const modules = join(prefix, 'lib', 'node_modules');
    await run(
      'npm',
      ['uninstall', '--global', '--prefix', prefix, 'kindgcr-agent-linux-x64', 'kindgcr-agent-linux-arm64'],
      {
        env: process.env,
        timeout: 60_000,
      },
    );
    expect(await readdir(modules)).toEqual(['kindgcr']);
    expect((await create()).stderr).toMatch(
      /the agent's executable is missing.*\nhint: .*comes with npm as kindgcr-agent-linux-x64/,
    );
  });

  test('the npm package depends on both agents on every machine, and says so when Node is too old', async () => {
    const folder = await tempDir();
    await run('tar', ['-xzf', tarball('kindgcr'), '-C', folder]);
    const manifest = JSON.parse(await readFile(join(folder, 'package', 'package.json'), 'utf8'));
    const agents = { 'kindgcr-agent-linux-arm64': version, 'kindgcr-agent-linux-x64': version };
    expect(manifest).toMatchObject({ name: 'kindgcr', version, optionalDependencies: agents });
    const old = join(folder, 'old.cjs');
    await writeFile(old, "Object.defineProperty(process.versions, 'node', { value: '22.18.0' });");
    const start = join(folder, 'package', 'bin', 'docker-credential-kindgcr');
    const { stdout, exitCode } = await run(process.execPath, ['--require', old, start, 'list']);
    expect(stdout).toMatch(/^kindgcr needs Node\.js 22\.19 or newer; this is v/);
    expect(exitCode).toBe(1);
  });

  test('built again in another folder, an executable is identical', async () => {
    const root = await tempDir();
    const tracked = await run('git', ['ls-files', '-z'], { cwd: REPOSITORY, env: process.env });
    const copy = 'xargs -0 cp --parents -t "$1" && mkdir "$1/node_modules" && cp -a node_modules/* "$1/node_modules/"';
    const copied = await run('sh', ['-c', copy, 'sh', root], {
      cwd: REPOSITORY,
      env: process.env,
      input: tracked.stdout,
      timeout: 120_000,
    });
    expect(copied.exitCode, copied.stderr).toBe(0);
    const again = await run(process.execPath, [join(root, 'scripts', 'build.ts')], {
      env: process.env,
      timeout: 200_000,
    });
    expect(again.exitCode, again.stderr).toBe(0);
    for (const [built, released] of [
      ['kindgcr', 'kindgcr-linux-x64'],
      ['kindgcr-agent-linux-x64', 'kindgcr-agent-linux-x64'],
    ] as const) {
      const [one, other] = await Promise.all([readFile(join(root, 'dist', built)), readFile(join(packages, released))]);
      expect(one.equals(other), released).toBe(true);
    }
  }, 400_000);
});

async function firstBytes(path: string, length: number): Promise<Buffer> {
  await using file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(length), length });
  return buffer;
}
