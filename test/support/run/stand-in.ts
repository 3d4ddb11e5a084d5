import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from './run.ts';

/**
 * Writes an executable that runs a TypeScript program of the checkout, by its path from the top, with these arguments first.
 * Node keeps what it compiled: a start takes half of the time that compiling it again would.
 */
export async function writeStandIn(path: string, program: string, ...args: readonly string[]): Promise<void> {
  const command = [process.execPath, join(REPOSITORY, program), ...args].map(quoted).join(' ');
  const cache = quoted(join(REPOSITORY, 'node_modules/.cache/stand-ins'));
  await writeFile(path, `#!/bin/sh\nNODE_COMPILE_CACHE=${cache} exec ${command} "$@"\n`);
  await chmod(path, 0o755);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
