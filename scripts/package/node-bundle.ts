import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/** The oldest Node that package.json allows. */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  format: 'cjs',
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
  banner: { js: "'use strict';\nconst importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': '__filename' },
} as const satisfies BuildOptions;

/**
 * Bundles the host's program into `folder` for the user's own Node: `host.cjs`, which is enough for a warm `get`,
 * and `cold.cjs`, which is loaded when more is needed.
 */
export async function bundleForNode(root: string, folder: string): Promise<void> {
  await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['host.ts'],
    outfile: join(folder, 'host.cjs'),
    banner: { js: "'use strict';" },
    plugins: [
      {
        name: 'cold-beside',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\/cold\.ts$/ }, () => ({ path: './cold.cjs', external: true }));
        },
      },
    ],
  });
  await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['cold.ts'],
    outfile: join(folder, 'cold.cjs'),
    supported: { 'dynamic-import': false },
  });
}
