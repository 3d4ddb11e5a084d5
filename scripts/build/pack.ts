import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { agentBuildLine } from '../../core/node/agent-build.ts';
import type { Bundle } from './bundle.ts';
import type { PackOrder } from './run-pkg.ts';
import type { Runtime } from './runtime.ts';

const RUN_PKG = fileURLToPath(new URL('run-pkg.ts', import.meta.url));

/**
 * Node writes the main script's path into the executable. pkg works in a folder of its own inside the scratch folder, so
 * seen from there the path is the same on every machine, and so is the executable.
 */
const MAIN = 'main.js';

/**
 * Puts a bundle into a runtime and replaces the executable atomically: one that is running, or that
 * another build is making, is not disturbed.
 */
export async function pack(
  { main, assets }: Bundle,
  { target, version }: Runtime,
  output: string,
  {
    pkgHome,
    execArgv,
    namesBuild,
  }: {
    readonly pkgHome: string;
    readonly execArgv: readonly string[];
    /** Whether its last line names the build, so that two builds are compared without hashing them. */
    readonly namesBuild: boolean;
  },
): Promise<void> {
  const folder = dirname(output);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.packing-'));
  const order: PackOrder = {
    main: join(scratch, MAIN),
    targets: [
      {
        nodeRange: `node${version}`,
        platform: target.platform,
        arch: target.arch,
        output: join(scratch, 'executable'),
      },
    ],
    seaConfig: {
      main: join('..', MAIN),
      assets,
      execArgv,
      // NODE_OPTIONS could load foreign code into a program that holds secrets.
      execArgvExtension: 'none',
    },
  };
  try {
    await copyFile(main, join(scratch, MAIN));
    // pkg keeps its runtimes under the home folder, and moves the whole process to another folder while it works.
    await promisify(execFile)(process.execPath, [RUN_PKG, JSON.stringify(order)], {
      env: { PATH: process.env.PATH, HOME: pkgHome, TMPDIR: scratch },
    });
    const made = join(scratch, 'executable');
    // What follows the sections of an executable is not loaded, and no tool of ours looks there.
    if (namesBuild) await appendFile(made, agentBuildLine(await sha256(made)));
    await rename(made, output);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
