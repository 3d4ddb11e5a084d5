import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { labServices } from '../support/lab-services.ts';
import type { RunningProgram } from '../support/run.ts';
import { clusterImage } from './cluster-image.ts';
import { type Person, person } from './person.ts';

const lab = inject('lab');
const CLUSTER = 'plain';
const PULL = { timeout: 120_000, interval: 1000 };

let someone: Person;
let watch: RunningProgram;

const kubectl = (...args: string[]) => someone.run('kubectl', '--kubeconfig', `${someone.home}/kubeconfig`, ...args);
const kind = (...args: string[]) => someone.run('kind', ...args, '--kubeconfig', `${someone.home}/kubeconfig`);

if ('obstacle' in lab) beforeEach((context) => context.skip(lab.obstacle));
else {
  beforeAll(async () => {
    const { keyFile } = await labServices(lab.services);
    someone = await person(lab, { extra: { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: keyFile } });
    await kind('delete', 'cluster', '--name', CLUSTER);
    watch = await someone.start('kindgcr', 'watch', '--name', CLUSTER);
    await watch.prints(/kindgcr watch is running/);
  });
  afterAll(async () => {
    await watch?.stop('SIGTERM');
    await kind('delete', 'cluster', '--name', CLUSTER);
    await someone?.remove();
  });
}

test('a plain kind create cluster while the watch runs: its pods pull private images', async () => {
  if ('obstacle' in lab) return;
  const config = join(someone.home, 'kind.yaml');
  const lines = [
    'kind: Cluster',
    'apiVersion: kind.x-k8s.io/v1alpha4',
    'networking: { ipFamily: ipv4, disableDefaultCNI: true }',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const image = await clusterImage(lab);
  const created = await kind(
    'create',
    'cluster',
    '--name',
    CLUSTER,
    '--image',
    image,
    '--config',
    config,
    '--wait',
    '3m',
  );
  expect(created.exitCode, created.stderr).toBe(0);
  await watch.prints(/put the agent into a node node=plain-control-plane/);
  await expect.poll(async () => (await kubectl('get', 'serviceaccount', 'default')).exitCode, PULL).toBe(0);
  expect((await kubectl('run', 'app', '--restart=Never', '--image=gcr.io/private/app:4')).exitCode).toBe(0);
  const phase = async () => (await kubectl('get', 'pod', 'app', '--output=jsonpath={.status.phase}')).stdout;
  await expect.poll(phase, PULL).toBe('Running');
});
