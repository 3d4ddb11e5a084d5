import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeExecutable } from '../build/executable.ts';
import { PROGRAMS, type Program } from '../build/programs.ts';
import { layRuntime, type Runtime } from '../build/runtime.ts';
import { isThisMachine, TARGETS, type Target } from '../build/targets.ts';
import type { Workshop } from '../build/workshop.ts';
import { pinnedByLockFile, pinnedRuntime } from './pinned-runtime.ts';
import { GENERATORS, type PinnedPackage, type Release } from './releases.ts';

const run = promisify(execFile);

/** An executable of a release. */
export interface ReleasedExecutable {
  readonly program: Program;
  readonly target: Target;
  readonly path: string;
  readonly bytes: number;
  /** The Node runtime inside. */
  readonly runtime: PinnedPackage;
}

/** Makes a release's executables in a folder: the host's program, and the agent for Linux. */
export async function releasedExecutables(
  { target, runtime: pinned }: Release,
  { root, cache }: Workshop,
  folder: string,
): Promise<readonly ReleasedExecutable[]> {
  const source = pinned ?? (await pinnedByLockFile(target.runtimePackage, root));
  const runtime = await layRuntime(target, await pinnedRuntime(source, cache), cache);
  await layGenerator(runtime, cache);
  const executables: ReleasedExecutable[] = [];
  for (const program of PROGRAMS) {
    if (program.where === 'node' && target.platform !== 'linux') continue;
    const path = join(folder, releasedName(program, target));
    const { bytes } = await makeExecutable(program, runtime, { root, cache, path });
    executables.push({ program, target, path, bytes, runtime: source });
  }
  return executables;
}

/** A file name with the platform in it. */
function releasedName(program: Program, target: Target): string {
  if (program.where === 'node') return program.fileName(target);
  return `${program.fileName(target)}-${target.name}${target.platform === 'win' ? '.exe' : ''}`;
}

/** Provides Node of the runtime's version for this machine, unless this process already runs it. */
async function layGenerator({ version }: Runtime, cache: string): Promise<void> {
  if (`v${version}` === process.version) return;
  const here = TARGETS.find(isThisMachine);
  const generator = GENERATORS.find((pinned) => pinned.name === here?.runtimePackage && pinned.version === version);
  if (here === undefined || generator === undefined) {
    throw new Error(
      `no Node ${version} is pinned for ${process.platform}-${process.arch}, so nothing for that version can be made here`,
    );
  }
  const source = await pinnedRuntime(generator, cache);
  await run(source.path, ['--version']).catch((cause: unknown) => {
    throw new Error(
      `Node ${version} does not start here; Debian's libatomic1 may be missing: apt-get install libatomic1`,
      {
        cause,
      },
    );
  });
  await layRuntime(here, source, cache);
}
