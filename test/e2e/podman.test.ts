import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { needsOwnEngine } from '../support/lab/lab-world.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import { REPOSITORY, type RunResult, run } from '../support/run/run.ts';

// Real podman with containers labelled and started as kind does it there, from the lab's node image: systemd in them
// runs, a cluster's network does not, so the tokens come from the host.
const lab = inject('lab');
const NODES = ['pod-control-plane', 'pod-worker'];
let folder = '';
let obstacle: string | undefined = 'obstacle' in lab ? lab.obstacle : needsOwnEngine(lab);

const podman = (...args: string[]): Promise<RunResult> =>
  run(join(folder, 'podman'), args, { env: environment(), timeout: 600_000 });
const kindgcr = (...args: string[]) =>
  run('kindgcr', [...args], { env: { ...environment(), KIND_EXPERIMENTAL_PROVIDER: 'podman' }, timeout: 600_000 });

function environment() {
  return { HOME: folder, PATH: [folder, join(REPOSITORY, 'dist'), '/usr/sbin:/usr/bin:/sbin:/bin'].join(':') };
}

async function writeProgram(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

beforeAll(async () => {
  if (obstacle !== undefined || 'obstacle' in lab) return;
  obstacle = await debianPrograms({ podman: 'podman' });
  if (obstacle !== undefined) return;
  const { stdout } = await run('sh', ['-c', 'command -v podman'], { env: { PATH: '/usr/bin:/bin' } });
  folder = await mkdtemp(join(tmpdir(), 'kindgcr-podman-'));
  const places = `--root ${folder}/root --runroot ${folder}/run --cgroup-manager cgroupfs --events-backend file`;
  await writeProgram('podman', `exec ${stdout.trim()} ${places} --runtime ${REPOSITORY}/test/lab/runc-lab "$@"`);
  const expiry = new Date(Date.now() + 3_500_000).toISOString();
  const answer = { credential: { access_token: 'ya29.stand-in', token_expiry: expiry } };
  await writeProgram('gcloud', `echo '${JSON.stringify(answer)}'`);
  const archive = join(folder, 'image.tar');
  await run('docker', ['save', 'kindgcr.lab/node:v1.20.2', '--output', archive], { env: lab.env, timeout: 600_000 });
  expect((await podman('load', '--quiet', '--input', archive)).stderr).toBe('');
  for (const name of NODES) {
    const flags = ['--tty', '--privileged', '--tmpfs', '/tmp', '--tmpfs', '/run', '--network', 'none'];
    const limits = ['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=30000:30000'];
    const labels = ['--label', 'io.x-k8s.kind.cluster=pod', '--label', `io.x-k8s.kind.role=${name.slice(4)}`];
    const volumes = ['--volume', `${name}:/var:suid,exec,dev`, '--cgroupns', 'private'];
    const image = 'kindgcr.lab/node:v1.20.2';
    const started = await podman('run', '--detach', '--name', name, ...flags, ...limits, ...labels, ...volumes, image);
    expect(started.exitCode, started.stderr).toBe(0);
    await vi.waitFor(
      async () =>
        expect((await podman('exec', name, 'systemctl', 'is-system-running')).stdout).toMatch(/running|degraded/),
      { timeout: 300_000, interval: 500 },
    );
  }
});

beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle);
});

afterAll(async () => {
  if (folder === '') return;
  await podman('rm', '--force', '--all', '--volumes');
  // Lazily: podman may still be unmounting the containers' file systems.
  await run('umount', ['--lazy', join(folder, 'root/overlay')], { env: environment() });
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

test('podman: nodes are found, the agent is installed, status lists it, and uninstall removes it', async () => {
  const install = await kindgcr('install', '--name', 'pod');
  expect(install.stderr).not.toContain('error');
  expect(install.exitCode).toBe(0);
  for (const name of NODES) expect(install.stdout).toMatch(new RegExp(`✓ ${name} +valid until`));
  const status = JSON.parse((await kindgcr('status', '--output', 'json')).stdout);
  expect(status).toMatchObject({
    engine: 'podman',
    clusters: [{ name: 'pod', nodes: NODES.map((name) => ({ name })) }],
  });
  expect((await podman('exec', 'pod-worker', 'stat', '-c', '%a', '/var/lib/kubelet/config.json')).stdout).toBe('600\n');
  // No kubeadm has been here to make the kubelet's folder, and yet the service writes there.
  await podman('exec', 'pod-worker', 'rm', '/var/lib/kubelet/config.json');
  await expect
    .poll(() => podman('exec', 'pod-worker', 'test', '-s', '/var/lib/kubelet/config.json'), { timeout: 300_000 })
    .toMatchObject({ exitCode: 0 });
  expect((await kindgcr('uninstall', '--all')).exitCode).toBe(0);
  const left = await podman('exec', 'pod-worker', 'ls', '/etc/kindgcr', '/var/lib/kubelet/config.json');
  expect(left.exitCode).not.toBe(0);
});
