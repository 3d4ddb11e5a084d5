import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { PROGRAMS } from '../build/programs.ts';
import { TARGETS } from '../build/targets.ts';
import type { Workshop } from '../build/workshop.ts';
import type { ReleasedExecutable } from './executables.ts';
import { bundleForNode } from './node-bundle.ts';

const run = promisify(execFile);

const MANIFEST = v.object({
  name: v.string(),
  version: v.string(),
  description: v.string(),
  license: v.string(),
  engines: v.object({ node: v.string() }),
});
const AGENT_DESCRIPTION = 'The agent that kindgcr puts into kind nodes';

/**
 * Packs `kindgcr` for people who have Node: scripts, and both names on PATH. The agents come as packages of their own;
 * of both architectures, whatever the machine, since it's the nodes' machine that counts.
 */
export async function packKindgcr({ root, cache }: Workshop, folder: string): Promise<string> {
  const { name, version, description, license, engines } = await manifest(root);
  const stage = await emptyStage(cache, name);
  await bundleForNode(root, join(stage, 'bin'));
  const bin: Record<string, string> = {};
  for (const program of PROGRAMS.flatMap(({ where, otherName }) =>
    where === 'host' ? [name, otherName ?? name] : [],
  )) {
    // A file of each name: where npm makes no links, but scripts that run the file, its own name is what the program sees.
    await writeFile(join(stage, 'bin', program), startScript(engines.node, program === name ? 'stderr' : 'stdout'));
    await chmod(join(stage, 'bin', program), 0o755);
    bin[program] = `bin/${program}`;
  }
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) await copyFile(join(root, file), join(stage, file));
  const optionalDependencies = Object.fromEntries(TARGETS.map((target) => [agentPackage(target.name), version]));
  return pack(stage, folder, { name, version, description, license, engines, bin, optionalDependencies });
}

/**
 * Loads the program, or reports that Node is too old for it: a helper on stdout, which Docker shows. The handler keeps
 * SIGUSR1 from opening Node's inspector; `--disable-sigusr1` after `#!` needs `env -S`, which Alpine Linux doesn't have.
 */
function startScript(engine: string, stream: 'stdout' | 'stderr'): string {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engine) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`what Node is ${engine}?`);
  return `#!/usr/bin/env node
process.on('SIGUSR1', () => {});
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > ${major} || (major === ${major} && minor >= ${minor})) {
  require('./host.cjs');
} else {
  process.${stream}.write(\`kindgcr needs Node.js ${major}.${minor} or newer; this is \${process.version}\\n\`);
  process.exitCode = 1;
}
`;
}

/** Packs an agent's executable. */
export async function packAgent(
  { target, path }: ReleasedExecutable,
  { root, cache }: Workshop,
  folder: string,
): Promise<string> {
  const { version, license } = await manifest(root);
  const name = agentPackage(target.name);
  const stage = await emptyStage(cache, name);
  await copyFile(path, join(stage, basename(path)));
  await copyFile(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  return pack(stage, folder, { name, version, description: `${AGENT_DESCRIPTION}, for ${target.name}`, license });
}

function agentPackage(targetName: string): string {
  return `kindgcr-agent-${targetName}`;
}

async function manifest(root: string) {
  return v.parse(MANIFEST, JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
}

async function emptyStage(cache: string, name: string): Promise<string> {
  const stage = join(cache, 'npm', name);
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  return stage;
}

/** Returns the tarball's path. npm gives every file in it the same date, so the same files make the same tarball. */
async function pack(
  stage: string,
  folder: string,
  description: { readonly name: string; readonly version: string } & Readonly<Record<string, unknown>>,
): Promise<string> {
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(description, undefined, 2)}\n`);
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: stage });
  return join(folder, `${description.name}-${description.version}.tgz`);
}
