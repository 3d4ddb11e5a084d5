import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from './targets.ts';

/** A Node runtime in pkg's download cache, ready for use. */
export interface Runtime {
  readonly target: Target;
  /** As `24.1.2`. */
  readonly version: string;
  /** False where no tool here can strip it: the executables are larger but work the same. */
  readonly stripped: boolean;
}

/** The unmodified Node executable. */
export interface RuntimeFile {
  readonly version: string;
  readonly path: string;
}

const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** Prepares a target's runtime for pkg; undefined when the runtime's npm package is not installed. */
export async function prepareRuntime(target: Target, pkgHome: string): Promise<Runtime | undefined> {
  const installed = await installedRuntime(target);
  return installed && layRuntime(target, installed, pkgHome);
}

/**
 * Writes a runtime into pkg's download cache under `pkgHome`, so that pkg downloads nothing. It is stripped first:
 * stripping an executable with a program inside makes it crash.
 */
export async function layRuntime(target: Target, { version, path }: RuntimeFile, pkgHome: string): Promise<Runtime> {
  const name = `node-v${version}-${target.name}`;
  const downloads = join(pkgHome, '.pkg-cache', 'sea');
  const archive = join(downloads, `${name}.${target.platform === 'win' ? 'zip' : 'tar.gz'}`);
  const node = target.platform === 'win' ? join(downloads, `${name}.exe`) : join(downloads, name, 'bin', 'node');
  // pkg treats a runtime with a `.ok` file as verified and unpacked; ours also records its origin.
  const { size, mtimeMs } = await stat(path);
  const origin = { size, mtimeMs };
  const before = await readNote(`${node}.ok`);
  // If it could not be stripped, try again: binutils may have been installed since.
  if (before.size === size && before.mtimeMs === mtimeMs && before.stripped === true)
    return { target, version, stripped: true };

  await mkdir(dirname(node), { recursive: true });
  await copyFile(path, `${node}.new`);
  await chmod(`${node}.new`, 0o755);
  const stripped = await strip(`${node}.new`, target.strippers);
  await rename(`${node}.new`, node);
  await writeFile(archive, '');
  await writeFile(`${archive}.ok`, '');
  await writeFile(`${node}.ok`, JSON.stringify({ ...origin, stripped }));
  return { target, version, stripped };
}

async function installedRuntime(target: Target): Promise<RuntimeFile | undefined> {
  let manifest: string;
  try {
    manifest = require.resolve(`${target.runtimePackage}/package.json`);
  } catch {
    return undefined;
  }
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return { version, path: join(dirname(manifest), 'bin', 'node') };
}

/** A strip that can't read another machine's executable leaves it as it was, so the next one is tried. */
async function strip(path: string, strippers: readonly string[]): Promise<boolean> {
  for (const stripper of strippers) {
    try {
      await run(stripper, [path]);
      return true;
    } catch {}
  }
  return false;
}

async function readNote(path: string): Promise<{ size?: unknown; mtimeMs?: unknown; stripped?: unknown }> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return {};
  }
}
