import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningProgram } from '../support/run/run.ts';
import { createdCluster } from './created-cluster.ts';
import { PULL } from './e2e.ts';

const cluster = createdCluster('plain', async (_, { keyFile }) => ({
  extra: { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: keyFile },
}));
let watch: RunningProgram;

beforeAll(async () => {
  if (cluster === undefined) return;
  watch = await cluster.user.start('kindgcr', 'watch', '--name', 'plain');
  await watch.prints(/kindgcr watch is running/);
});
afterAll(async () => void (await watch?.stop('SIGTERM')));

const kubectl = (...args: string[]) =>
  cluster.user.run('kubectl', '--kubeconfig', `${cluster.user.home}/kubeconfig`, ...args);

test('a plain kind create cluster while the watch runs: its pods pull private images', async () => {
  const config = await cluster.config(['control-plane']);
  const flags = ['--name', 'plain', '--image', cluster.image, '--config', config, '--wait', '3m'];
  const created = await cluster.kind('create', 'cluster', ...flags);
  expect(created.exitCode, created.stderr).toBe(0);
  await watch.prints(/installed the agent node=plain-control-plane/);
  await expect.poll(async () => (await kubectl('get', 'serviceaccount', 'default')).exitCode, PULL).toBe(0);
  expect((await kubectl('run', 'app', '--restart=Never', '--image=gcr.io/private/app:4')).exitCode).toBe(0);
  const phase = async () => (await kubectl('get', 'pod', 'app', '--output=jsonpath={.status.phase}')).stdout;
  await expect.poll(phase, PULL).toBe('Running');
});
