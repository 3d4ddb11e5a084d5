import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunResult, run } from '../run/run.ts';
import { type LabFacts, needsOwnEngine, type Variables } from './lab-world.ts';

/**
 * Runs a command in a node as `docker exec` does. With the lab's own engine it enters the node's namespaces directly, which
 * takes a tenth of the time: tests ask a node hundreds of times.
 */
export async function inNode(
  node: string,
  command: readonly string[],
  lab: Pick<LabFacts, 'env'>,
  input?: string,
): Promise<RunResult> {
  const options = { timeout: 600_000, ...(input === undefined ? {} : { input }) };
  const init = needsOwnEngine(lab) === undefined ? await initProcess(node, lab.env) : undefined;
  if (init === undefined) {
    const interactive = input === undefined ? [] : ['--interactive'];
    return await run('docker', ['exec', ...interactive, node, ...command], { env: lab.env, ...options });
  }
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd'];
  return await run('nsenter', ['--target', init.pid, ...namespaces, '--', ...command], { env: init.env, ...options });
}

/** The ids of containers, by name. */
const ids = new Map<string, string>();

/** The first process of a running container, and its environment; undefined where the container doesn't run. */
async function initProcess(name: string, env: Variables) {
  const known = ids.get(name);
  const running = known === undefined ? undefined : await initProcessOf(known, env);
  if (running !== undefined) return running;
  const { stdout } = await run('docker', ['inspect', '--format', '{{.Id}}', name], { env });
  ids.set(name, stdout.trim());
  return await initProcessOf(stdout.trim(), env);
}

async function initProcessOf(id: string, { KINDGCR_LAB_RUN = '' }: Variables) {
  const state = join(KINDGCR_LAB_RUN, 'exec/containerd/daemon/io.containerd.runtime.v2.task/moby', id);
  try {
    const pid = await readFile(join(state, 'init.pid'), 'utf8');
    // After a crash the number may belong to a process of this machine.
    if (id === '' || !(await readFile(`/proc/${pid}/cgroup`, 'utf8')).includes(`/${id}`)) return undefined;
    const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter((line) => line.includes('='));
    return { pid, env: Object.fromEntries(variables.map((line) => line.split(/=(.*)/s))) };
  } catch {
    return undefined;
  }
}
