import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { RuntimeFile } from '../build/runtime.ts';
import type { PinnedPackage } from './releases.ts';

const run = promisify(execFile);

/** Fetches Node from its npm package, once. Throws when the package's hash is not the pinned one. */
export async function pinnedRuntime(pinned: PinnedPackage, cache: string): Promise<RuntimeFile> {
  const { name, version, integrity } = pinned;
  const program = name.includes('-win-') ? 'node.exe' : 'node';
  const folder = join(cache, 'runtimes', `${name}-${version}`);
  const path = join(folder, program);
  if (await isThere(path)) return { version, path };

  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.fetching-'));
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', scratch, `${name}@${version}`], { cwd: scratch });
    const [tarball = ''] = await readdir(scratch);
    const hash = createHash('sha512').update(await readFile(join(scratch, tarball)));
    const found = `sha512-${hash.digest('base64')}`;
    if (found !== integrity) {
      throw new Error(`${name}@${version} is not the pinned package: its hash is ${found}, not ${integrity}`);
    }
    await run('tar', ['-xzf', tarball, '--strip-components=2', `package/bin/${program}`], { cwd: scratch });
    await rename(join(scratch, program), path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { version, path };
}

const LOCK_FILE = v.object({
  packages: v.record(v.string(), v.object({ version: v.optional(v.string()), integrity: v.optional(v.string()) })),
});

/** A package's version and hash in the lock file. Throws when it is not there. */
export async function pinnedByLockFile(name: string, root: string): Promise<PinnedPackage> {
  const { packages } = v.parse(LOCK_FILE, JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not pin ${name}`);
  return { name, version, integrity };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
