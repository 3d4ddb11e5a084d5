import { readdir, readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { basename, join } from 'node:path';
import { errorMessage, KindGcrError, systemErrorCode } from '../../core/errors.ts';
import { KUBELET_SERVICE, type NodeLayout } from '../../core/node/layout.ts';
import { withReason } from '../../core/one-line.ts';
import type { Exec, ExecResult } from '../../core/system/exec.ts';

/** Milliseconds for one call of systemctl; a restart waits for the old kubelet to stop. */
const SYSTEMCTL_LIMIT = 90_000;

/** The kubelet as a systemd service of the node. */
export interface KubeletService {
  /** Whether kubeadm has configured it; until then systemd doesn't start it. */
  isConfigured(): Promise<boolean>;
  /** Whether it is running, and since when, in milliseconds of the monotonic clock. Throws NODE_FAILED. */
  state(): Promise<{ readonly running: boolean; readonly startedAwake: number }>;
  /** Whether `kubeadm init` or `kubeadm join` is running on this node. */
  isBeingSetUp(): Promise<boolean>;
  /** Whether its health endpoint reports healthy. Always true when the endpoint is turned off. */
  isHealthy(): Promise<boolean>;
  /** Throws NODE_FAILED. */
  restart(): Promise<void>;
}

/** The kubelet of the node with this layout. */
export function kubeletService(layout: NodeLayout, exec: Exec): KubeletService {
  return {
    isConfigured: async () => (await readIfThere(layout.kubeletConfig)) !== undefined,
    async state() {
      const properties = ['ActiveState', 'ExecMainStartTimestampMonotonic'];
      const shown = await systemctl(exec, ['show', KUBELET_SERVICE, `--property=${properties.join(',')}`]);
      const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(shown.stdout)?.[1] ?? '';
      return {
        running: value('ActiveState') === 'active',
        startedAwake: Number(value('ExecMainStartTimestampMonotonic')) / 1000,
      };
    },
    isBeingSetUp: () => kubeadmRuns(layout.proc),
    async isHealthy() {
      const port = healthzPort((await readIfThere(layout.kubeletConfig)) ?? '');
      return port === 0 || (await answersOk(`http://127.0.0.1:${port}/healthz`));
    },
    async restart() {
      await systemctl(exec, ['restart', KUBELET_SERVICE]);
    },
  };
}

/** The port of the kubelet's health endpoint by its config.yaml; 0 is "turned off". kubeadm leaves it at the default. */
export function healthzPort(configYaml: string): number {
  return Number(/^healthzPort:[ \t]*(\d+)/m.exec(configYaml)?.[1] ?? 10248);
}

async function systemctl(exec: Exec, args: readonly string[]): Promise<ExecResult> {
  const result = await exec('systemctl', args, { timeout: SYSTEMCTL_LIMIT });
  if (result.ended === 'exited' && result.exitCode === 0) return result;
  const how = result.ended === 'exited' ? `failed with exit code ${result.exitCode}` : HOW_IT_ENDED[result.ended];
  throw new KindGcrError('NODE_FAILED', withReason(`systemctl ${args[0]} ${KUBELET_SERVICE} ${how}`, result.stderr), {
    hint: `Look at the kubelet: systemctl status ${KUBELET_SERVICE}; journalctl -u ${KUBELET_SERVICE} -n 50`,
  });
}

const HOW_IT_ENDED = {
  'not-found': 'could not run: systemctl is not on PATH',
  'timed-out': `did not finish within ${SYSTEMCTL_LIMIT / 1000} s`,
  'too-much-output': 'printed too much',
  killed: 'was killed',
} as const;

/** kubeadm starts the kubelet itself, and fails when the kubelet goes away while kubeadm waits for it. */
async function kubeadmRuns(proc: string): Promise<boolean> {
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const [program, ...args] = ((await readIfThere(join(proc, pid, 'cmdline'))) ?? '').split('\0');
    if (basename(program ?? '') === 'kubeadm' && args.some((arg) => arg === 'init' || arg === 'join')) return true;
  }
  return false;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined; // a process may exit meanwhile
    throw new KindGcrError('FILE_FAILED', `${path} can't be read: ${errorMessage(error)}`, {
      hint: `Look at the file: ls -l ${path}`,
      cause: error,
    });
  }
}

/** Asks the loopback interface directly: `agent: false` bypasses a proxy set in the environment. */
function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
