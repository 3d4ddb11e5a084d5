import { delimiter, resolve } from 'node:path';
import { KindGcrError } from '../../../core/errors.ts';
import { givenPath } from '../../../core/google/choice/credential-path.ts';
import { errorLine } from '../../../core/one-line.ts';
import type { Exec } from '../../../core/system/exec.ts';

/** Milliseconds for one call; the request timeout for the API server is shorter. */
const CALL_TIME = 60_000;
const SERVER_PATIENCE = '--request-timeout=20s';

/** kubectl for one cluster. */
export interface Kubectl {
  /** The name of the kubeconfig context that it uses, even when another one becomes the current one. */
  readonly context: string;
  /** `KUBECONFIG`; undefined for kubectl's default. */
  readonly kubeconfig: string | undefined;
  /** Runs one kubectl command that must succeed and resolves with its stdout. Throws KUBERNETES_FAILED with kubectl's message. */
  run(args: readonly string[], input?: string): Promise<string>;
}

/** Which cluster, and how to reach it. */
export interface KubectlOptions {
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** Undefined: the current context. */
  readonly context: string | undefined;
  /** As in `KUBECONFIG`; undefined: kubectl's default. */
  readonly kubeconfig: string | undefined;
}

/** Finds kubectl and determines the context. Throws KUBERNETES_FAILED. */
export async function openKubectl({ exec, signal, context, kubeconfig }: KubectlOptions): Promise<Kubectl> {
  const env = kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig };
  const call = async (args: readonly string[], input?: string) => {
    const result = await exec('kubectl', args, {
      timeout: CALL_TIME,
      signal,
      env,
      ...(input === undefined ? {} : { input }),
    });
    signal.throwIfAborted();
    if (result.ended === 'exited' && result.exitCode === 0) return result.stdout;
    throw failure(result.ended, result.stderr);
  };
  const chosen = context ?? (await call(['config', 'current-context'])).trim();
  return {
    context: chosen,
    kubeconfig,
    run: (args, input) => call([`--context=${chosen}`, SERVER_PATIENCE, ...args], input),
  };
}

/** `KUBECONFIG` with absolute paths: kindgcr watch uses it later, from another folder. Throws CREDENTIAL_INVALID. */
export function absoluteKubeconfig(kubeconfig: string | undefined): string | undefined {
  const paths = (kubeconfig ?? '').split(delimiter).filter((path) => path !== '');
  return paths.length === 0 ? undefined : paths.map((path) => resolve(givenPath(path, 'KUBECONFIG'))).join(delimiter);
}

/** Whether an error says that the context is no longer in the kubeconfig: its cluster was deleted. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof KindGcrError && /context .*(does not exist|was not found)|no context exists/i.test(error.message)
  );
}

function failure(ended: string, stderr: string): KindGcrError {
  if (ended === 'not-found') {
    return new KindGcrError('KUBERNETES_FAILED', 'kubectl is not installed, or not on PATH', {
      hint: 'Install kubectl, or leave out --apply and apply the printed manifest with another tool.',
    });
  }
  if (ended === 'timed-out') {
    return new KindGcrError('KUBERNETES_FAILED', `kubectl did not answer within ${CALL_TIME / 1000} s`, {
      hint: 'Is the cluster up? kubectl cluster-info',
    });
  }
  const words = errorLine(stderr).replace(/^Error from server[^:]*: /, '');
  return new KindGcrError(
    'KUBERNETES_FAILED',
    words === '' ? 'kubectl failed without a message' : `kubectl failed: ${words}`,
    {
      hint: hintFor(words),
    },
  );
}

function hintFor(words: string): string {
  if (/context/.test(words)) return 'List the contexts: kubectl config get-contexts; name one with --context';
  if (/namespaces? ".*" not found/.test(words)) return 'Create it first: kubectl create namespace NAME';
  if (/forbidden/i.test(words))
    return 'Your user needs the right to patch secrets and serviceaccounts in that namespace.';
  return 'Is the cluster up? kubectl cluster-info';
}
