import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { PinnedPackage } from './releases.ts';

const BOM = v.looseObject({
  metadata: v.looseObject({ component: v.looseObject({ name: v.string(), purl: v.string() }) }),
  components: v.array(v.looseObject({ purl: v.optional(v.string()) })),
});

/**
 * Writes the software bill of materials (CycloneDX) of all that goes into a release: npm's own, from the lock file, and
 * the runtimes. Without its serial number and date, so that the same release has the same file.
 */
export async function writeSbom(path: string, root: string, runtimes: readonly PinnedPackage[]): Promise<void> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--omit', 'dev'];
  const { stdout } = await promisify(execFile)('npm', [...args, '--package-lock-only'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { serialNumber: _, ...bom } = v.parse(
    v.looseObject({ ...BOM.entries, serialNumber: v.unknown() }),
    JSON.parse(stdout),
  );
  const { timestamp: __, ...metadata } = v.parse(
    v.looseObject({ ...BOM.entries.metadata.entries, timestamp: v.unknown() }),
    bom.metadata,
  );
  metadata.component.name = 'kindgcr'; // npm says the folder's name
  const known = new Set(bom.components.map(({ purl }) => purl));
  const more = runtimes.map(component).filter(({ purl }) => !known.has(purl));
  const whole = { ...bom, metadata, components: [...bom.components, ...more] };
  await writeFile(path, `${JSON.stringify(whole, undefined, 2)}\n`);
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
