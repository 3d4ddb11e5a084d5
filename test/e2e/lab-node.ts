import { join } from 'node:path';
import * as v from 'valibot';
import { inNode } from '../support/lab/in-node.ts';
import { type LabFacts, lab } from '../support/lab/lab-world.ts';
import { mustSucceed, type RunResult, run } from '../support/run/run.ts';

/** What the kubelet says of a pod's first container. */
export interface PodState {
  readonly phase: string;
  /** `ErrImagePull`, `ImagePullBackOff`, …; empty when it does not wait. */
  readonly waiting: string;
  readonly message: string;
}

/** A kind node with a kubelet of its own, in the lab. */
export interface LabNode {
  readonly name: string;
  /** Its cluster, for kind and for `kindgcr --name`. */
  readonly cluster: string;
  /** Runs a command in the node. */
  exec(args: readonly string[], input?: string): Promise<RunResult>;
  /** The same for a shell's command line that must succeed: its stdout. */
  sh(script: string): Promise<string>;
  docker(...args: string[]): Promise<RunResult>;
  /** Asks the kubelet to run an image, as a static pod; another image by the same name replaces it. */
  runPod(name: string, image: string): Promise<void>;
  podState(name: string): Promise<PodState | undefined>;
  /** How often systemd has started the kubelet since the node was made. */
  kubeletStarts(): Promise<number>;
  remove(): Promise<void>;
}

const PodsSchema = v.object({
  items: v.nullable(
    v.array(
      v.object({
        metadata: v.object({ name: v.string() }),
        status: v.object({
          phase: v.optional(v.string(), ''),
          containerStatuses: v.optional(
            v.array(
              v.object({
                state: v.object({
                  waiting: v.optional(
                    v.object({ reason: v.optional(v.string(), ''), message: v.optional(v.string(), '') }),
                  ),
                }),
              }),
            ),
            [],
          ),
        }),
      }),
    ),
  ),
});

/** Boots a node of a cluster, its only one unless others are started, which trusts the test's CA and finds Google's names. Gone after `remove`. */
export async function startLabNode(
  cluster: string,
  { env, services, names }: LabFacts,
  role: 'control-plane' | 'worker' | `worker${number}` = 'control-plane',
): Promise<LabNode> {
  const name = `${cluster}-${role}`;
  const docker = (...args: string[]) => run('docker', args, { env, timeout: 600_000 });
  await docker('rm', '--force', '--volumes', name);
  await mustSucceed(lab(['node', name], env));
  await mustSucceed(lab(['node-trust', name, join(services, 'ca.crt'), names], env));

  const exec = (args: readonly string[], input?: string) => inNode(name, args, { env }, input);
  const sh = async (script: string) => (await mustSucceed(exec(['sh', '-c', script]))).stdout;
  return {
    name,
    cluster,
    exec,
    sh,
    docker,
    async runPod(pod, image) {
      const path = `/etc/kubernetes/manifests/${pod}.yaml`;
      await mustSucceed(exec(['sh', '-c', `cat > ${path}.new && mv ${path}.new ${path}`], staticPod(pod, image)));
    },
    async podState(pod) {
      const { stdout, exitCode } = await exec(['curl', '-s', 'http://127.0.0.1:10255/pods']);
      if (exitCode !== 0) return undefined; // the kubelet is just restarting
      const { items } = v.parse(PodsSchema, JSON.parse(stdout));
      const found = items?.find(({ metadata }) => metadata.name === `${pod}-${name}`);
      if (found === undefined) return undefined;
      const waiting = found.status.containerStatuses[0]?.state.waiting;
      return { phase: found.status.phase, waiting: waiting?.reason ?? '', message: waiting?.message ?? '' };
    },
    async kubeletStarts() {
      return Number(
        await sh('journalctl --unit kubelet.service --output cat | grep --count "^Started kubelet" || true'),
      );
    },
    remove: async () => void (await docker('rm', '--force', '--volumes', name)),
  };
}

function staticPod(name: string, image: string): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: default }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: app, image: "${image}", imagePullPolicy: IfNotPresent }]
`;
}
