import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { PinnedPackage } from './releases.ts';

const BOM = v.looseObject({
  serialNumber: v.unknown(),
  metadata: v.looseObject({ timestamp: v.unknown(), component: v.looseObject({ 'bom-ref': v.string() }) }),
  components: v.array(v.looseObject({ 'bom-ref': v.string() })),
  dependencies: v.array(v.looseObject({ ref: v.string(), dependsOn: v.array(v.string()) })),
});

/**
 * Writes the software bill of materials (CycloneDX) of everything in a release: npm's own, from the lock file, and
 * the runtimes. Without serial number and date, so that the file is reproducible.
 */
export async function writeSbom(path: string, root: string, runtimes: readonly PinnedPackage[]): Promise<void> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  const { serialNumber: _, metadata, components, dependencies, ...rest } = v.parse(BOM, JSON.parse(stdout));
  const { timestamp: __, component: itself, ...origin } = metadata;
  // Not by `--omit dev`, which also omits packages that a development tool needs, too (npm 11.19: undici).
  const ours = reachable(itself['bom-ref'], dependencies, await shippedPackages(root));
  const shipped = components.filter((part) => ours.has(part['bom-ref']));
  const more = runtimes.map(component).filter((part) => !ours.has(part['bom-ref']));
  const bom = {
    ...rest,
    metadata: { ...origin, component: { ...itself, name: 'kindgcr' } }, // npm says the folder's name
    components: [...shipped, ...more],
    dependencies: dependencies
      .filter(({ ref }) => ours.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => ours.has(other)) })),
  };
  await writeFile(path, `${JSON.stringify(bom, undefined, 2)}\n`);
}

const LOCK_FILE = v.object({
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string()),
      dev: v.optional(v.boolean(), false),
      devOptional: v.optional(v.boolean(), false),
    }),
  ),
});

/** Every package, as `name@version`, that is not only for development. */
async function shippedPackages(root: string): Promise<ReadonlySet<string>> {
  const { packages } = v.parse(LOCK_FILE, JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const shipped = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional,
  );
  return new Set(shipped.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`));
}

/** A package and everything that it depends on, through allowed packages only. */
function reachable(
  start: string,
  dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[],
  allowed: ReadonlySet<string>,
): ReadonlySet<string> {
  const next = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const found = new Set([start]);
  for (const ref of found) {
    for (const other of next.get(ref) ?? []) if (allowed.has(other)) found.add(other);
  }
  return found;
}

function component({ name, version, integrity }: PinnedPackage) {
  const content = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  return {
    'bom-ref': `${name}@${version}`,
    type: 'platform',
    name,
    version,
    scope: 'required',
    purl: `pkg:npm/${name}@${version}`,
    hashes: [{ alg: 'SHA-512', content }],
  };
}
