import { copyFile, link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { bundleProgram, digestOf } from './bundle.ts';
import { pack } from './pack.ts';
import type { Program } from './programs.ts';
import type { Runtime } from './runtime.ts';
import { isThisMachine } from './targets.ts';

/** The result of a build. */
export interface Executable {
  readonly path: string;
  readonly bytes: number;
  /** False when it was up to date. */
  readonly made: boolean;
}

/** Makes one program's executable for one runtime at `path`, unless it is up to date. */
export async function makeExecutable(
  program: Program,
  runtime: Runtime,
  {
    root,
    cache,
    path,
    otherName,
  }: { readonly root: string; readonly cache: string; readonly path: string; readonly otherName?: string | undefined },
): Promise<Executable> {
  const folder = join(cache, 'made', relative(root, path));
  const note = join(folder, 'made.json');
  const noted = await readFile(note, 'utf8').catch(() => '');
  const bundle = await bundleProgram(join(root, program.entry), folder, {
    root,
    codeCacheFor: isThisMachine(runtime.target) ? program.execArgv : undefined,
  });
  const recipe = [bundle.digest, await digestOf(await sources()), runtime.version, runtime.stripped, program.execArgv];
  if (noted === (await describe(path, recipe))) {
    await writeFile(note, noted);
    await nameAlso(path, otherName);
    return { path, bytes: (await stat(path)).size, made: false };
  }
  await pack(bundle, runtime, path, {
    pkgHome: cache,
    execArgv: program.execArgv,
    namesBuild: program.where === 'node',
  });
  await nameAlso(path, otherName);
  await writeFile(note, await describe(path, recipe));
  return { path, bytes: (await stat(path)).size, made: true };
}

/** The build's own source files. */
async function sources(): Promise<string[]> {
  return (await readdir(import.meta.dirname)).sort().map((name) => join(import.meta.dirname, name));
}

/** Identifies an executable and what it was made of; '-' never equals a note. */
async function describe(path: string, recipe: readonly unknown[]): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return JSON.stringify([recipe, ino, size, mtimeMs]);
  } catch {
    return '-';
  }
}

/**
 * Gives the executable its second name as a hard link: unlike a symbolic link it can be copied
 * or moved alone (`cp`, `docker cp`, a package), and it takes no space.
 */
async function nameAlso(path: string, otherName: string | undefined): Promise<void> {
  if (otherName === undefined) return;
  const other = join(dirname(path), otherName);
  const fresh = `${other}.new`;
  await rm(fresh, { force: true });
  await link(path, fresh).catch(() => copyFile(path, fresh)); // some file systems have no links
  await rename(fresh, other);
  await rm(fresh, { force: true }); // two names of one file: rename has nothing to do and leaves both
}
