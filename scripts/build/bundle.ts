import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** The scripts that go into one executable. */
export interface Bundle {
  /** The script that runs at each start. */
  readonly main: string;
  /** Files that are loaded on demand, by their name in the executable. */
  readonly assets: Readonly<Record<string, string>>;
  /** A hash of the scripts. */
  readonly digest: string;
}

/** How a program is bundled. */
export interface BundleOptions {
  /** The repository's top folder. */
  readonly root: string;
  /** Node's options that the code cache is made for; undefined for no cache. */
  readonly codeCacheFor?: readonly string[] | undefined;
}

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // ES modules first: a library's CommonJS build may load its own files in ways that the bundler can't follow.
  mainFields: ['module', 'main'],
  charset: 'ascii',
  legalComments: 'none',
  // Not minified: stack traces stay readable, and with the code cache size costs no start-up time.
  minify: false,
  // What a library imports lazily is in the same bundle, or Node's own.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
} as const satisfies BuildOptions;

/**
 * Bundles a program: what `entry` imports becomes the main script; what `entry` itself imports lazily, as
 * `import('./NAME.ts')`, becomes an asset that costs nothing until it is loaded. V8's code cache is added when the target is
 * this kind of machine: V8 rejects one that was made on another.
 */
export async function bundleProgram(
  entry: string,
  folder: string,
  { root, codeCacheFor }: BundleOptions,
): Promise<Bundle> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const main = join(folder, 'main.js');
  const lazy = new Map<string, string>();
  await build({
    ...OPTIONS,
    absWorkingDir: root, // paths in the bundle's comments are seen from here
    entryPoints: [entry],
    outfile: main,
    plugins: [versionOnly, lazyAssets(entry, (name, path) => lazy.set(name, path))],
  });
  const assets: Record<string, string> = {};
  const scripts = [main];
  for (const [name, path] of lazy) {
    const script = join(folder, `${name}.js`);
    const cache = join(folder, `${name}.cache`);
    await build({
      ...OPTIONS,
      absWorkingDir: root,
      entryPoints: [path],
      outfile: script,
      banner: { js: '(function (exports, require, module, __filename) {' },
      footer: { js: '})' },
      define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': '__filename' },
      inject: [beside('import-meta.ts')],
      plugins: [versionOnly],
    });
    if (codeCacheFor) await writeCodeCache(script, cache, codeCacheFor);
    else await writeFile(cache, '');
    assets[`${name}.js`] = script;
    assets[`${name}.cache`] = cache;
    scripts.push(script);
  }
  return { main, assets, digest: await digestOf(scripts) };
}

/**
 * Makes V8's code cache reproducible: without these it depends on random seeds, other threads and flushed bytecode. V8 also
 * records its options in the cache; code-cache.ts resets those that would make it reject the cache.
 */
const NO_CHANCE = ['--predictable', '--no-flush-bytecode', '--hash-seed=1', '--random-seed=1'];

async function writeCodeCache(script: string, cache: string, execArgv: readonly string[]): Promise<void> {
  const args = [...NO_CHANCE, ...execArgv, beside('code-cache.ts'), script, cache];
  await promisify(execFile)(process.execPath, args, { env: {} });
}

/** SHA-256, hexadecimal, of the contents of some files. */
export async function digestOf(files: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  for (const file of files) digest.update(await readFile(file)).update('\0');
  return digest.digest('hex');
}

/** Replaces the entry's lazy imports of our own modules by loading them from the executable. */
function lazyAssets(entry: string, found: (name: string, path: string) => void): Plugin {
  return {
    name: 'lazy-assets',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/.*\.ts$/ }, ({ kind, importer, path, resolveDir }) => {
        if (kind !== 'dynamic-import' || importer !== entry) return undefined;
        const name = basename(path, '.ts');
        found(name, join(resolveDir, path));
        return { path: name, namespace: 'lazy-asset' };
      });
      onLoad({ filter: /.*/, namespace: 'lazy-asset' }, ({ path }) => ({
        contents: `module.exports = require('./embedded-module.ts').embeddedModule(${JSON.stringify(path)});`,
        resolveDir: beside('.'),
      }));
    },
  };
}

/** The programs only need the version from package.json; the rest would be parsed at each start. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/package\.json$/ }, async ({ path, with: attributes }) => {
      if (attributes.type !== 'json') return undefined; // a library's own way to its own version
      const { version }: { version?: unknown } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
