import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KindGcrError } from '../../../core/errors.ts';
import { withReason } from '../../../core/one-line.ts';
import type { Exec } from '../../../core/system/exec.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';
import { kindNotFound } from '../../kind/run-kind.ts';

/** Which image goes into which nodes. */
export interface LoadOrder {
  readonly image: string;
  /** As in `linux/amd64`. */
  readonly platform: string;
  readonly cluster: string;
  /** Names of nodes of that cluster, all of that platform. */
  readonly nodes: readonly string[];
}

/**
 * Loads an image of this machine into nodes with kind: as an archive, which works with every engine, while kind load
 * docker-image always uses docker. Throws IMAGE_FAILED, and KIND_NOT_FOUND when there is none.
 */
export async function loadImage(
  engine: ContainerEngine,
  exec: Exec,
  { image, platform, cluster, nodes }: LoadOrder,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kindgcr-load-'));
  try {
    const archive = join(folder, 'image.tar');
    await save(engine, image, platform, archive, signal);
    const args = ['load', 'image-archive', archive, '--name', cluster, '--nodes', nodes.join(',')];
    const { ended, exitCode, stderr } = await exec('kind', args, { signal });
    signal.throwIfAborted();
    if (ended === 'not-found') throw kindNotFound();
    if (exitCode !== 0) throw failed(`kind could not load ${image} into ${nodes.join(', ')}`, stderr);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * With an image store that keeps several platforms of one image, the archive must name one: the others are not there,
 * and kind's import fails for them. Engines that don't know the flag have no such store.
 */
async function save(engine: ContainerEngine, image: string, platform: string, path: string, signal: AbortSignal) {
  const one = await engine.exec(['save', '--platform', platform, '--output', path, image], { signal });
  signal.throwIfAborted();
  if (one.exitCode === 0) return;
  const whole = await engine.exec(['save', '--output', path, image], { signal });
  signal.throwIfAborted();
  if (whole.exitCode !== 0) throw failed(`${engine.name} could not save ${image}`, whole.stderr);
}

function failed(what: string, stderr: string): KindGcrError {
  return new KindGcrError('IMAGE_FAILED', withReason(what, stderr), {
    hint: 'Check the free disk space, here and in the node: df -h',
  });
}
