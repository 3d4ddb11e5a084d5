import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inWorkshop } from './build/workshop.ts';
import { releasedExecutables } from './package/executables.ts';
import { homebrewFormula } from './package/homebrew-formula.ts';
import { packAgent, packKindgcr } from './package/npm-packages.ts';
import { productFacts } from './package/product-facts.ts';
import { RELEASES } from './package/releases.ts';
import { writeSbom } from './package/sbom.ts';
import { scoopManifest } from './package/scoop-manifest.ts';

// node scripts/package.ts [TARGET...]
// Makes a release in dist/packages, which is emptied first: executables for every platform (or those that are named), npm
// packages, a bill of materials, checksums, a Homebrew formula and a Scoop manifest. The last two download from the releases
// of the homepage in package.json, or from KINDGCR_RELEASE_URL. Needs the npm registry for the runtimes of other platforms,
// once; each is verified against its pinned hash. Run it with `npm run package`.
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !RELEASES.some(({ target }) => target.name === name));
if (unknown.length > 0) {
  console.error(`error: no release for ${unknown.join(', ')}`);
  console.error(`hint: there are ${RELEASES.map(({ target }) => target.name).join(', ')}`);
  process.exit(2);
}

await inWorkshop('kindgcr-packages', async (workshop) => {
  const folder = join(workshop.root, 'dist', 'packages');
  await mkdir(folder, { recursive: true });
  const made: string[] = [];
  const report = async (path: string) => {
    made.push(basename(path));
    console.log(`${path}  ${((await stat(path)).size / 1e6).toFixed(1)} MB`);
  };

  const runtimes = new Map<string, Parameters<typeof writeSbom>[2][number]>();
  for (const release of RELEASES) {
    if (wanted.length > 0 && !wanted.includes(release.target.name)) continue;
    for (const executable of await releasedExecutables(release, workshop, folder)) {
      runtimes.set(executable.runtime.integrity, executable.runtime);
      await report(executable.path);
      if (executable.program.where === 'node') await report(await packAgent(executable, workshop, folder));
    }
    if (release.target.platform === 'macos') {
      console.error(
        `note: ${release.target.name} is not signed; on a Mac: codesign --force --sign - kindgcr-${release.target.name}`,
      );
    }
  }
  await report(await packKindgcr(workshop, folder));
  const sbom = join(folder, 'kindgcr.cdx.json');
  await writeSbom(sbom, workshop.root, [...runtimes.values()]);
  await report(sbom);
  for (const name of await readdir(folder)) {
    if (!made.includes(name)) await rm(join(folder, name), { recursive: true });
  }
  const hashes = new Map(
    await Promise.all(made.map(async (name) => [name, await sha256(join(folder, name))] as const)),
  );
  if (wanted.length === 0) {
    const facts = await productFacts(workshop.root);
    const base = process.env.KINDGCR_RELEASE_URL ?? `${facts.homepage}/releases/download/v${facts.version}`;
    const files = [...hashes].map(([name, hash]) => ({ name, url: `${base}/${name}`, sha256: hash }));
    for (const [name, text] of [
      ['kindgcr.rb', homebrewFormula(facts, files)],
      ['kindgcr.json', scoopManifest(facts, files)],
    ] as const) {
      await writeFile(join(folder, name), text);
      hashes.set(name, await sha256(join(folder, name)));
      await report(join(folder, name));
    }
  }
  const sums = [...hashes]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, hash]) => `${hash}  ${name}\n`);
  await writeFile(join(folder, 'SHA256SUMS'), sums.join(''));
});

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
