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
  /** By name in the executable: the files of what is loaded on demand. */
  readonly assets: Readonly<Record<string, string>>;
  /** The same as long as the scripts are the same. */
  readonly digest: string;
}

/** How a program is bundled. */
export interface BundleOptions {
  /** The repository's top folder. */
  readonly root: string;
  /** Node's options, in force where the code cache is to be of use; undefined where there is to be none. */
  readonly codeCacheFor?: readonly string[] | undefined;
}

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // A library's ES modules first, which can be followed; the other form may find its own files by a passed-on require.
  mainFields: ['module', 'main'],
  charset: 'ascii',
  legalComments: 'none',
  // Names and lines stay as they are written: people read stack traces, and with the code cache size costs no time.
  minify: false,
  // What a library imports lazily is in the same bundle, or Node's own.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
} as const satisfies BuildOptions;

/**
 * Bundles a program: what `entry` imports becomes the main script; what `entry` itself imports lazily, as
 * `import('./NAME.ts')`, becomes an asset that costs nothing until it is asked for. V8's code cache goes with it where
 * that is of use: V8 takes none that another kind of machine made.
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
 * Without these, V8 puts chance into its code cache: seeds of the start, work of other threads, and what happens to have
 * been forgotten by the time. It notes the options in the cache, too: code-cache.ts takes back those that it would mind.
 */
const NO_CHANCE = ['--predictable', '--no-flush-bytecode', '--hash-seed=1', '--random-seed=1'];

async function writeCodeCache(script: string, cache: string, execArgv: readonly string[]): Promise<void> {
  const args = [...NO_CHANCE, ...execArgv, beside('code-cache.ts'), script, cache];
  await promisify(execFile)(process.execPath, args, { env: {} });
}

/** SHA-256, hexadecimal, of what some files hold. */
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

/** Of package.json the programs read the version alone; the rest would be parsed at each start. */
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
