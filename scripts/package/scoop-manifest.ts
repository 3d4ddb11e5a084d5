import type { ProductFacts } from './product-facts.ts';
import type { ReleasedFile } from './released-file.ts';

/** The released files that a user of Windows gets, with what each is called there. */
const FILES = [
  ['kindgcr-win-x64.exe', '#/kindgcr.exe'],
  ['kindgcr-agent-linux-x64', ''],
  ['kindgcr-agent-linux-arm64', ''],
] as const;

/**
 * A Scoop manifest: https://github.com/ScoopInstaller/Scoop/blob/master/schema.json. The helper is the same program by
 * another name; a shim would start it by its first one. Throws where a file is missing.
 */
export function scoopManifest(
  { version, description, homepage, license }: ProductFacts,
  files: readonly ReleasedFile[],
) {
  const chosen = FILES.map(([name, rename]) => {
    const file = files.find((one) => one.name === name);
    if (file === undefined) throw new Error(`the release has no ${name}`);
    return { url: `${file.url}${rename}`, hash: file.sha256 };
  });
  const helper = 'docker-credential-kindgcr.exe';
  const manifest = {
    version,
    description,
    homepage,
    license,
    architecture: { '64bit': { url: chosen.map(({ url }) => url), hash: chosen.map(({ hash }) => hash) } },
    pre_install: `New-Item -ItemType HardLink -Path "$dir\\${helper}" -Target "$dir\\kindgcr.exe" | Out-Null`,
    bin: ['kindgcr.exe', helper],
  };
  return `${JSON.stringify(manifest, undefined, 4)}\n`;
}
