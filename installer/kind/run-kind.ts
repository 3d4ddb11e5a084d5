import { KindGcrError, ProgramFailed } from '../../core/errors.ts';
import type { CommandContext } from '../context.ts';

/** Runs kind on the user's terminal. Throws ProgramFailed with its exit code, INTERRUPTED, KIND_NOT_FOUND. */
export async function runKind(
  args: readonly string[],
  config: string,
  { foreground, signal }: Pick<CommandContext, 'foreground' | 'signal'>,
): Promise<void> {
  const end = await foreground('kind', args, { input: config, signal });
  if (end.exitCode === 0) return;
  signal.throwIfAborted();
  if (end.ended === 'killed') {
    throw new KindGcrError('INTERRUPTED', 'kind was stopped', {
      hint: 'Remove what it has created: kind delete cluster. Then run the same command again.',
    });
  }
  if (end.ended === 'exited') throw new ProgramFailed('kind', end.exitCode ?? 1);
  throw kindNotFound();
}

/** The error for a machine without kind. */
export function kindNotFound(): KindGcrError {
  return new KindGcrError('KIND_NOT_FOUND', 'kind is not installed, or not on PATH', {
    hint: 'Install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  });
}
