import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type StandInContainer, writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { runProgram, startProgram } from '../support/run/programs.ts';

const DEV: StandInContainer = { name: 'dev-control-plane', cluster: 'dev', role: 'control-plane' };

/** What the stand-in for kind does in the end. */
const KIND_ENDS = {
  fails: "echo 'ERROR: failed to create cluster: no luck today' >&2; exit 3",
  creates: '/bin/mv after/docker-state.json docker-state.json',
  hangs: "trap '' INT TERM; : > hanging; /bin/sleep 20", // no test waits so long
};

/**
 * A machine with docker, Google behind a proxy, and a kind that notes what it was given and what lies in the folders that
 * it is to mount, and then fails as kind does, creates a node "dev-control-plane", or hangs.
 */
async function machine({
  containers = [],
  kind: end = 'fails',
}: {
  containers?: StandInContainer[];
  kind?: keyof typeof KIND_ENDS | 'missing';
} = {}) {
  const google = await startGoogle();
  const [home, bin] = [await tempDir(), await tempDir()];
  await mkdir(join(bin, 'after'));
  await writeDocker(join(bin, 'after'), { containers: [DEV] });
  await writeDocker(bin, { containers });
  const agent = join(bin, 'agent');
  await writeFile(agent, '#!/bin/sh\n');
  await chmod(agent, 0o755);
  if (end !== 'missing') {
    const kind = `#!/bin/sh
cd '${bin}'
printf '%s\\n' "$@" > args
/bin/cat > config
/usr/bin/find '${home}/.local' -printf '%M %P\\n' > mounted 2> /dev/null
${KIND_ENDS[end]}
`;
    await writeFile(join(bin, 'kind'), kind);
    await chmod(join(bin, 'kind'), 0o755);
  }
  const env = { HOME: home, PATH: bin, KINDGCR_AGENT: agent, ...google.env };
  const key = await google.keyfile();
  const saw = (name: string) => readFile(join(bin, name), 'utf8');
  return {
    home,
    bin,
    key,
    create: (args: string[], { input, more = {} }: { input?: string; more?: Record<string, string> } = {}) =>
      runProgram('host', ['create', 'cluster', ...args], {
        env: { ...env, ...more },
        ...(input === undefined ? {} : { input }),
      }),
    start: (...args: string[]) => startProgram('host', ['create', 'cluster', ...args], { env }),
    kindHangs: () => existsSync(join(bin, 'hanging')),
    kindArgs: async () => (await saw('args')).trim().split('\n'),
    kindConfig: async () => parse(await saw('config')),
    mounted: async () => (await saw('mounted')).trim().split('\n').sort(),
    kindRan: () => existsSync(join(bin, 'args')),
    /** Files below the home folder. */
    left: async () => {
      const all = await readdir(home, { recursive: true, withFileTypes: true });
      return all.filter((one) => !one.isDirectory()).map(({ name }) => name);
    },
  };
}

test("create cluster that fails: kind's own message and exit code come through, and no file is left behind", async () => {
  const { create, key, left, home } = await machine();
  const { stderr, stdout, exitCode } = await create(['--keyfile', key]);
  expect(stderr).toMatch(
    /^Each node of "kind" starts with credentials of service account puller@.*\nERROR: failed to create cluster: no luck today\n$/,
  );
  expect(stdout).toBe('');
  expect(exitCode).toBe(3);
  expect(await left()).toEqual([]);
  expect(await readdir(join(home, '.local/state/kindgcr/clusters'))).toEqual([]);
});

test('the files for the nodes exist when kind starts, readable only by the user', async () => {
  const { create, key, mounted } = await machine();
  await create(['--keyfile', key]);
  const files = (await mounted()).filter((line) => line.startsWith('-'));
  expect(files.map((line) => line.replace('state/kindgcr/clusters/of-kind/', ''))).toEqual([
    '-rw------- files/agent.json',
    '-rw------- files/key.json',
    '-rw------- files/prepare',
    '-rw-r--r-- kubelet.service.d/20-kindgcr.conf',
    '-rwxr-xr-x files/agent-aarch64',
    '-rwxr-xr-x files/agent-x86_64',
  ]);
  expect(await mounted()).toContain('drwx------ state/kindgcr/clusters/of-kind/files');
});

test('--mount-config: every node mounts one folder with a config in it, and nothing else of kindgcr', async () => {
  const { create, key, mounted, kindConfig, left } = await machine();
  const { exitCode } = await create(['--keyfile', key, '--mount-config', '--config', '-'], {
    input: 'nodes: [{ role: control-plane }, { role: worker }]\n',
  });
  for (const { extraMounts } of (await kindConfig()).nodes) {
    expect(extraMounts).toEqual([
      { hostPath: expect.stringMatching(/clusters\/of-kind\/docker$/), containerPath: '/.docker', readOnly: true },
    ]);
  }
  expect((await mounted()).map((line) => line.replace('state/kindgcr/clusters/of-kind/', ''))).toEqual(
    expect.arrayContaining(['-rw------- docker/config.json', 'drwx------ docker']),
  );
  expect(exitCode).toBe(3);
  expect(await left()).toEqual([]);
});

test('--mount-config where the nodes do not see the folder: said once, by node, with what to do; exit 7', async () => {
  const { create, key } = await machine({ kind: 'creates' });
  const { stderr, stdout, exitCode } = await create(['--keyfile', key, '--mount-config', '--name', 'dev']);
  expect(stderr).toMatch(
    /\nerror: the mounted config is not visible in dev-control-plane\nhint: Share .*\/clusters\/of-dev\/docker with .* kind delete cluster --name dev.*\n$/,
  );
  expect(stdout).toBe('');
  expect(exitCode).toBe(7);
});

test('a second Ctrl-C ends create cluster at once, and says what may remain and how to remove it', async () => {
  const { start, key, kindHangs } = await machine({ kind: 'hangs' });
  const creating = await start('--keyfile', key, '--name', 'dev');
  await expect.poll(kindHangs).toBe(true);
  process.kill(creating.pid, 'SIGINT');
  await creating.prints(/stopping; press Ctrl-C again to stop at once/);
  const { stderr, exitCode } = await creating.stop('SIGINT');
  expect(stderr).toContain(
    '\nstopped at once: nodes of "dev" and their credentials may remain; remove them: kind delete cluster --name dev\n',
  );
  expect(exitCode).toBe(130);
});

test('--mount-config with the plugin: one sentence, exit 2, and kind is not asked', async () => {
  const { create, key, kindRan } = await machine();
  const args = ['--keyfile', key, '--mount-config', '--delivery', 'credential-provider'];
  const { stderr, exitCode } = await create(args);
  expect(stderr).toMatch(/^error: --mount-config can't be combined with --delivery credential-provider\nhint: /);
  expect(exitCode).toBe(2);
  expect(kindRan()).toBe(false);
});

test('kind gets its own options unchanged, and the config with the mounts on stdin', async () => {
  const { create, key, kindArgs, kindConfig, home } = await machine();
  const config = join(home, 'k.yaml');
  await writeFile(
    config,
    'name: mine\nnodes: [{ role: control-plane }, { role: worker }]\nfeatureGates: { A: true }\n',
  );
  await create(['--wait', '5m', '--keyfile', key, '--retain', '-v', '3', '--config', config, '--image=some/node:1']);
  const ours = ['create', 'cluster', '--name', 'mine', '--config', '-'];
  expect(await kindArgs()).toEqual([...ours, '--wait', '5m', '--retain', '-v', '3', '--image=some/node:1']);
  const { nodes, featureGates } = await kindConfig();
  expect(featureGates).toEqual({ A: true });
  for (const node of nodes) {
    expect(node.extraMounts.map(({ containerPath }: { containerPath: string }) => containerPath)).toEqual([
      '/usr/local/share/kindgcr',
      '/usr/local/lib/systemd/system/kubelet.service.d',
    ]);
  }
});

test.each([
  ['--name wins', ['--name', 'flag'], { KIND_CLUSTER_NAME: 'variable' }, 'name: config\n', 'flag'],
  ['then KIND_CLUSTER_NAME', [], { KIND_CLUSTER_NAME: 'variable' }, 'name: config\n', 'variable'],
  ['then the config', [], {}, 'name: config\n', 'config'],
  ["then kind's own default", [], {}, 'nodes:\n', 'kind'],
])("the cluster's name: %s", async (_, args, more, config, name) => {
  const { create, key, kindArgs } = await machine();
  await create(['--keyfile', key, '--config', '-', ...args], { more, input: config });
  expect((await kindArgs())[3]).toBe(name);
});

test('a cluster that exists: kind reports the error, and nothing is mounted into it', async () => {
  const { create, key, kindConfig, left, home } = await machine({ containers: [DEV] });
  const { exitCode } = await create(['--keyfile', key, '--name', 'dev']);
  expect(exitCode).toBe(3);
  expect((await kindConfig()).nodes).toBeUndefined();
  expect(await left()).toEqual([]);
  expect(existsSync(join(home, '.local'))).toBe(false);
});

test.each([
  [
    'a missing config',
    ['--config', 'nowhere.yaml'],
    '',
    9,
    /^error: kind config nowhere.yaml can't be read \(ENOENT\)\nhint: /,
  ],
  [
    'a config that is not YAML',
    ['--config', '-'],
    'a: [',
    8,
    /^error: the kind config on stdin is not YAML: .*\nhint: /,
  ],
  ['a missing key', ['--keyfile', '/nowhere.json'], '', 3, /^error: .*\/nowhere.json does not exist\nhint: /],
])('create cluster with %s: an error before kind runs', async (_, args, input, code, message) => {
  const { create, kindRan, left } = await machine();
  const { stderr, exitCode } = await create(args, { input });
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(code);
  expect(kindRan()).toBe(false);
  expect(await left()).toEqual([]);
});

test("a config that mounts the user's own docker config as the kubelet's is refused, and nothing is written", async () => {
  const { create, key, kindRan, left, home } = await machine();
  await mkdir(join(home, '.docker'));
  await writeFile(join(home, '.docker/config.json'), '{}');
  await symlink(join(home, '.docker/config.json'), join(home, 'link.json'));
  for (const file of ['.docker/config.json', 'link.json']) {
    const input = `nodes: [{ extraMounts: [{ hostPath: ${home}/${file}, containerPath: /var/lib/kubelet/config.json }] }]`;
    const { stderr, exitCode } = await create(['--keyfile', key, '--config', '-'], { input });
    expect(stderr).toMatch(/^error: the kind config on stdin mounts a docker config of this machine, .*\nhint: .*copy/);
    expect(exitCode).toBe(8);
  }
  expect(kindRan()).toBe(false);
  expect(await left()).toEqual(['link.json', 'config.json']);
  expect(await readFile(join(home, '.docker/config.json'), 'utf8')).toBe('{}');
});

test('no kind on PATH: exit 5, how to get it, and nothing left behind', async () => {
  const { create, key, left } = await machine({ kind: 'missing' });
  const { stderr, exitCode } = await create(['--keyfile', key]);
  expect(stderr).toMatch(/error: kind is not installed, or not on PATH\nhint: Install it: https:\/\/kind/);
  expect(exitCode).toBe(5);
  expect(await left()).toEqual([]);
});
