import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { REPOSITORY } from '../run/run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the scripts are that test/support/run/programs.ts runs. */
    programs: { readonly host: string; readonly agent: string };
  }
}

/**
 * Once before all tests that run programs: bundles them as they are now. Run from their sources, each start would read
 * hundreds of files and take three to five times as long.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'kindgcr-programs-'));
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: { host: 'host.ts', agent: 'agent/main.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // what is imported lazily stays in files of its own
    platform: 'node',
    format: 'esm',
    target: 'node22.19',
    mainFields: ['module', 'main'], // as in the executables: some CommonJS builds load their own files
    // For what CommonJS libraries require.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  project.provide('programs', { host: join(folder, 'host.mjs'), agent: join(folder, 'agent.mjs') });
  return () => rm(folder, { recursive: true, force: true });
}
