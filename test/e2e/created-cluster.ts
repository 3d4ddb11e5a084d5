import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { inNode } from '../support/lab/in-node.ts';
import { type LabServices, labServices } from '../support/lab/lab-services.ts';
import type { LabFacts } from '../support/lab/lab-world.ts';
import { mustSucceed, type RunResult, run } from '../support/run/run.ts';
import { clusterImage } from './cluster-image.ts';
import { newUser, type User } from './user.ts';

/** A cluster that the tests of one file have kind create, alone or through kindgcr. */
export interface CreatedCluster {
  readonly user: User;
  /** The node image to create it with, in which Google's names lead to the stand-ins. */
  readonly image: string;
  /** Runs kind with a kubeconfig of the user's. */
  kind(...args: string[]): Promise<RunResult>;
  /** Runs `kindgcr create cluster` of this name, with the same kubeconfig. */
  create(...args: string[]): Promise<RunResult>;
  /** What a shell command prints in a node (default: the control plane), whatever its exit code. */
  inNode(script: string, node?: string): Promise<string>;
  /** The same, and it must succeed. */
  sh(script: string, node?: string): Promise<string>;
  /** Starts a node's container again. */
  restart(node?: string): Promise<void>;
  /**
   * Writes a kind config with nodes of these roles and answers with its path. With `firstImage` each has a static pod of
   * that image before its kubelet is there: the first that this kubelet pulls.
   */
  config(roles: readonly string[], firstImage?: string): Promise<string>;
}

/**
 * Gives a test file a name for a cluster, which nothing uses yet and nothing is left of afterwards, and a user. Where
 * there is no lab, each of the file's tests is skipped, by name and with the reason.
 */
export function createdCluster(
  name: string,
  options: (lab: LabFacts, services: LabServices) => Promise<Parameters<typeof newUser>[1]>,
): CreatedCluster {
  const lab = inject('lab');
  if ('obstacle' in lab) {
    beforeEach((context) => context.skip(lab.obstacle));
    return undefined as never; // no test reads it: all are skipped
  }
  const { env } = lab;
  const exec = (script: string, node = `${name}-control-plane`) => inNode(node, ['sh', '-c', script], lab);
  const kubeconfig = () => ['--kubeconfig', join(world.user.home, 'kubeconfig')];
  const world = {
    kind: (...args: string[]) => world.user.run('kind', ...args, ...kubeconfig()),
    create: (...args: string[]) =>
      world.user.run('kindgcr', 'create', 'cluster', '--name', name, ...kubeconfig(), ...args),
    inNode: async (script: string, node?: string) => (await exec(script, node)).stdout,
    sh: async (script: string, node?: string) => (await mustSucceed(exec(script, node))).stdout,
    restart: async (node = `${name}-control-plane`) =>
      void (await mustSucceed(run('docker', ['restart', node], { env, timeout: 300_000 }))),
    config: (roles: readonly string[], firstImage?: string) => writeConfig(lab, world.user.home, roles, firstImage),
  } as { -readonly [key in keyof CreatedCluster]: CreatedCluster[key] };
  const remove = () => world.kind('delete', 'cluster', '--name', name);
  beforeAll(async () => {
    world.user = await newUser(lab, await options(lab, await labServices(lab.services)));
    world.image = await clusterImage(lab);
    await remove();
  });
  afterAll(async () => {
    if (process.env.KINDGCR_E2E_KEEP === '1' || world.user === undefined) return;
    await remove();
    await world.user.remove();
  });
  return world;
}

/** The lab's node image has a network for pods already; one of kind's own brings kindnetd. */
async function writeConfig(
  { env, proxy }: LabFacts,
  folder: string,
  roles: readonly string[],
  firstImage: string | undefined,
): Promise<string> {
  const pod = join(folder, 'first.yaml');
  const mount = `    extraMounts: [{ hostPath: ${pod}, containerPath: /etc/kubernetes/manifests/first.yaml }]\n`;
  const nodes = roles.map((role) => `  - role: ${role}\n${firstImage === undefined ? '' : mount}`).join('');
  const manifest = 'apiVersion: v1\nkind: Pod\nmetadata: { name: first, namespace: default }\n';
  if (firstImage !== undefined) {
    await writeFile(pod, `${manifest}spec:\n  containers: [{ name: app, image: "${firstImage}" }]\n`);
  }
  const cgroups = env.KINDGCR_LAB_FAIL_CGROUP_V1 === 'false';
  const patch = cgroups ? 'kubeadmConfigPatches: ["kind: KubeletConfiguration\\nfailCgroupV1: false\\n"]\n' : '';
  const config = join(folder, 'kind.yaml');
  const head = '# ours\nkind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n';
  await writeFile(
    config,
    `${head}networking: { ipFamily: ipv4, disableDefaultCNI: ${proxy === undefined} }\n${patch}nodes:\n${nodes}`,
  );
  return config;
}
