import { KindGcrError } from '../../core/errors.ts';
import { type Logger, silent } from '../../core/log.ts';
import { withReason } from '../../core/one-line.ts';
import type { Exec, ExecOptions, ExecResult } from '../../core/system/exec.ts';
import type { Env } from '../../core/system/user-folders.ts';

/** The engines that kind runs on, in the order in which kind looks for them. */
const ENGINES = ['docker', 'nerdctl', 'finch', 'podman'] as const;

/** Values that kind accepts in `KIND_EXPERIMENTAL_PROVIDER`. */
const PROVIDERS: readonly string[] = [...ENGINES, 'nerdctl.lima'];

/** A container engine's command line. */
export interface ContainerEngine {
  readonly name: string;
  /**
   * Runs one engine command. Never throws for a command that fails. Ctrl-C at the terminal does not reach it: a step
   * in a node runs until it exits.
   */
  exec(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** kind's label on its containers, with the cluster's name; the same on every engine. */
export const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';

/** Lists the ids of all containers of kind's. */
export const LIST_CONTAINERS = ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${CLUSTER_LABEL}`];

/** Milliseconds that an engine may take for that list. */
const ANSWER_TIME = 20_000;

/**
 * The engine that kind would use: the one that `KIND_EXPERIMENTAL_PROVIDER` names, else the first that is installed. One
 * that is installed but refuses is an error, as it is for kind: the next engine has other clusters. Throws
 * ENGINE_NOT_FOUND.
 */
export async function findEngine(exec: Exec, env: Env, log: Logger = silent): Promise<ContainerEngine> {
  const asked = env.KIND_EXPERIMENTAL_PROVIDER;
  if (asked && !PROVIDERS.includes(asked)) {
    log.warn(`KIND_EXPERIMENTAL_PROVIDER is ignored, as kind does: "${asked}" is not one of ${PROVIDERS.join(', ')}`);
  }
  const names = asked && PROVIDERS.includes(asked) ? [asked] : ENGINES;
  const mute: string[] = [];
  for (const name of names) {
    const result = await exec(name, LIST_CONTAINERS, { timeout: ANSWER_TIME });
    if (result.ended === 'not-found') continue;
    if (result.ended === 'exited' && result.exitCode === 0) {
      // podman-docker, which kind skips. Where that message is turned off, the containers are the same.
      if (name !== 'podman' && /podman/i.test(result.stderr)) continue;
      return engineWithList(name, exec, result);
    }
    const reason = withReason(`${name} does not answer`, result.stderr);
    if (await isInstalled(name, exec)) throw notAnswering(reason);
    mute.push(reason);
  }
  if (mute.length > 0) throw notAnswering(mute.join('; '));
  throw new KindGcrError('ENGINE_NOT_FOUND', `no container engine: looked for ${names.join(', ')} on PATH`, {
    hint: 'kind needs one of them; install Docker: https://docs.docker.com/engine/install/',
  });
}

/** The list that showed that the engine answers serves the first command as well, when that asks for it. */
function engineWithList(name: string, exec: Exec, list: ExecResult): ContainerEngine {
  let fresh: ExecResult | undefined = list;
  return {
    name,
    async exec(args, options) {
      const known = args === LIST_CONTAINERS ? fresh : undefined;
      fresh = undefined;
      return known ?? (await exec(name, args, { shielded: true, ...options }));
    },
  };
}

/** Whether kind would use this engine: it checks the output of `-v`, which needs no daemon. */
async function isInstalled(name: string, exec: Exec): Promise<boolean> {
  const { ended, exitCode, stdout } = await exec(name, ['-v'], { timeout: ANSWER_TIME });
  return ended === 'exited' && exitCode === 0 && (name === 'podman' || !/^podman/i.test(stdout));
}

function notAnswering(reason: string): KindGcrError {
  const hint = /permission denied/i.test(reason)
    ? 'Let your account use its socket (for docker: sudo usermod -aG docker "$USER", then log in again), or choose another engine: KIND_EXPERIMENTAL_PROVIDER=podman'
    : 'Start it (Docker Desktop, Colima, or: sudo systemctl start docker), and check DOCKER_HOST and docker context; or choose another engine: KIND_EXPERIMENTAL_PROVIDER=podman';
  return new KindGcrError('ENGINE_NOT_FOUND', reason, { hint });
}
