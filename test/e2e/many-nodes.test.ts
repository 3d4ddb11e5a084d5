import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { e2e } from './e2e.ts';
import { type LabNode, startLabNode } from './lab-node.ts';

const world = e2e('many');
const NAMES = ['many-control-plane', 'many-worker', 'many-worker2'];
const STOPPED = 'many-worker9';
const BALANCER = 'many-external-load-balancer';
let nodes: LabNode[] = [];

beforeAll(async () => {
  if (world === undefined) return;
  const workers = await Promise.all(
    (['worker', 'worker2'] as const).map((role) => startLabNode('many', world.lab, role)),
  );
  nodes = [world.node, ...workers];
  const image = (await world.node.docker('inspect', '--format', '{{.Config.Image}}', world.node.name)).stdout.trim();
  await remove(STOPPED, BALANCER);
  const labels = (role: string) => ['--label', 'io.x-k8s.kind.cluster=many', '--label', `io.x-k8s.kind.role=${role}`];
  await world.node.docker('create', '--name', STOPPED, ...labels('worker'), image);
  const balancer = ['--name', BALANCER, ...labels('external-load-balancer'), '--entrypoint', 'sleep', image, '1000000'];
  await world.node.docker('run', '--detach', '--init', '--network', 'none', ...balancer);
});

afterAll(async () => {
  if (world === undefined || process.env.KINDGCR_E2E_KEEP === '1') return;
  await Promise.all([...nodes.map((node) => node.remove()), remove(STOPPED, BALANCER)]);
});

const remove = (...names: string[]) => world.node.docker('rm', '--force', '--volumes', ...names);
const install = (...flags: string[]) =>
  world.user.run('kindgcr', 'install', '--name', 'many', '--keyfile', world.services.keyFile, ...flags);

/** What a node has of ours, by content. */
const traces = (node: LabNode) =>
  node.sh(
    `sha256sum /etc/kindgcr/agent.json /etc/kindgcr/key.json /usr/local/bin/kindgcr-agent /etc/systemd/system/kindgcr-agent.service 2>/dev/null
     ls -d /usr/local/bin/kindgcr* /run/kindgcr* /etc/kindgcr /var/lib/kindgcr 2>/dev/null; systemctl is-active kindgcr-agent || true`,
  );

test('install --dry-run says what would be done to each node, and does nothing', async () => {
  const before = await Promise.all(nodes.map(traces));
  const { stdout, exitCode } = await install('--dry-run');
  expect(exitCode).toBe(0);
  for (const name of NAMES) {
    expect(stdout).toContain(
      `  ${name}: copy the agent, write its configuration, start its service, check its credentials\n`,
    );
  }
  expect(await Promise.all(nodes.map(traces))).toEqual(before);
  await expect(world.user.dockerConfig()).rejects.toThrow('ENOENT');
});

test('install on a terminal: each node has a line that moves, and the summary stays; 80 columns are enough', async () => {
  const command = `stty cols 80 rows 24; kindgcr install --name many --keyfile '${world.services.keyFile}'`;
  const { stdout, exitCode } = await world.user.run('env', 'TERM=xterm', 'script', '-qec', command, '/dev/null');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/many-worker2 +(copying|starting) the agent …/);
  expect(stdout).toContain('\u001b[2K');
  const summary = stdout.slice(stdout.lastIndexOf('Nodes of "many"'));
  for (const name of NAMES) expect(summary).toMatch(new RegExp(`✓.* ${name} +valid until `));
  expect(summary).toMatch(new RegExp(`–.* ${STOPPED} +stopped, skipped`));
  expect(summary).not.toContain(BALANCER);
  const widths = summary
    .split('\n')
    .slice(1)
    .map((line) => stripVTControlCharacters(line).trimEnd().length);
  expect(Math.max(...widths.slice(0, 6))).toBeLessThanOrEqual(80);
});

test('install again: each node is in the JSON, and the executable is not copied again', async () => {
  const { stdout, stderr, exitCode } = await install('--output', 'json', '--verbose');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    nodes: [
      ...NAMES.map((name) => ({ name, outcome: 'done', status: { credentials: 'valid' } })),
      { name: STOPPED, outcome: 'skipped' },
    ],
  });
  expect(stderr).toContain('debug: docker exec many-worker2');
  expect(stderr).not.toContain('docker cp');
});

test('Ctrl-C in the middle of an install over an old one: every node has all of the new or all of the old, and works', async () => {
  const before = await Promise.all(nodes.map(traces));
  const { user, services } = world;
  const changing = await user.start(
    'kindgcr',
    ...['install', '--name', 'many', '--keyfile', services.keyFile, '--restart', 'always'],
  );
  await changing.prints(/many-worker2: starting the agent/);
  const { exitCode, stderr } = await changing.stop('SIGINT');
  expect(stderr).toMatch(/error: /);
  expect(exitCode).toBe(130);
  const after = await Promise.all(nodes.map(traces));
  const configs = await Promise.all(nodes.map((node) => node.sh('grep -c always /etc/kindgcr/agent.json || true')));
  for (const [index, is] of after.entries()) {
    if (configs[index]?.trim() === '0') expect(is).toBe(before[index]);
    expect(is).toMatch(/\nactive\n$/);
  }
});

test('install with one node that fails: the others are done, each is reported, and the exit code says so', async () => {
  await world.node.docker('pause', 'many-worker');
  const { stdout, stderr, exitCode } = await install();
  await world.node.docker('unpause', 'many-worker');
  expect(stdout).toMatch(/✓ many-control-plane +valid until/);
  expect(stdout).toMatch(/✗ many-worker +failed, see below\n/);
  expect(stdout).toMatch(/✓ many-worker2 +valid until/);
  expect(stderr).toMatch(/error: 1 of 3 nodes failed: many-worker: .*paused.*\nhint: /);
  expect(exitCode).toBe(7);
});

test('status has a table of all nodes that fits 80 columns, and the same as JSON', async () => {
  const { stdout } = await world.user.run('kindgcr', 'status');
  expect(stdout).toMatch(/^Docker +asks kindgcr for gcr.io, /);
  for (const name of NAMES)
    expect(stdout).toMatch(
      new RegExp(`^many +${name} +0\\.1\\.0 +until [-\\d: ]+\\(\\d+ min\\) +\\d+ \\w+ ago +\\d`, 'm'),
    );
  expect(stdout).toMatch(new RegExp(`^many +${STOPPED} +– +stopped$`, 'm'));
  const table = stdout.split('\n').filter((line) => /^(?:CLUSTER|many) /.test(line));
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  const json = JSON.parse((await world.user.run('kindgcr', 'status', '-o', 'json')).stdout);
  expect(json.clusters).toMatchObject([
    {
      name: 'many',
      state: 'running',
      nodes: [...NAMES.map((name) => ({ name, isAtWork: true })), { state: 'stopped' }],
    },
  ]);
});

test('doctor: all is well, the image too; then a stopped agent and an image that is not there are found', async () => {
  const well = await world.user.run('kindgcr', 'doctor', '--image', 'gcr.io/private/app:1');
  expect(well.stderr).toBe('');
  expect(well.exitCode).toBe(0);
  expect(well.stdout).toContain('✓ image: gcr.io/private/app can be pulled\n');
  expect(well.stdout).toMatch(/✓ many-worker kubelet: finds logins for all of Google's registries, valid until/);
  expect(well.stdout).not.toContain('✗');
  await world.node.sh('systemctl stop kindgcr-agent');
  const ill = await world.user.run('kindgcr', 'doctor', '--image', 'gcr.io/private/app:nothing');
  expect(ill.stdout).toContain('✗ image: gcr.io/private/app has no "nothing"\n    → Check the spelling');
  expect(ill.stdout).toContain(
    "✗ many-control-plane: the agent's service is not running\n    → kindgcr install --name many\n",
  );
  expect(ill.exitCode).not.toBe(0);
});

test('uninstall --all --purge: nothing is left in a node or in the home', async () => {
  await remove(STOPPED);
  const { exitCode, stderr } = await world.user.run('kindgcr', 'uninstall', '--all', '--purge');
  expect(stderr).not.toContain('error');
  expect(exitCode).toBe(0);
  for (const node of nodes) expect(await traces(node)).toBe('inactive\n');
  await expect(world.user.dockerConfig()).rejects.toThrow('ENOENT'); // there was none
  for (const folder of ['.config/kindgcr', '.cache/kindgcr']) {
    await expect(access(join(world.user.home, folder, 'config.json'))).rejects.toThrow('ENOENT');
  }
});
