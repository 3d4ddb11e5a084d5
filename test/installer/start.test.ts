import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { runScript } from '../support/run/run.ts';

/** The libraries of which anything was loaded, by what V8 notes of each script that it runs. */
async function librariesOf(args: readonly string[]): Promise<readonly string[]> {
  const folder = await tempDir();
  const { exitCode, stderr } = await runScript('host.ts', args, {
    env: { NODE_V8_COVERAGE: folder, HOME: folder, PATH: '' },
  });
  expect(exitCode, stderr).toBe(0);
  const notes = globSync('*.json', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));
  expect(notes.join()).toContain('/installer/program.ts');
  const names = [...notes.join().matchAll(/\/node_modules\/((?:@[^/"]+\/)?[^/"]+)\/[^"]*"/g)].map(
    ([, name]) => name ?? '',
  );
  return [...new Set(names)].sort();
}

test.each([
  { what: 'kindgcr --version', args: ['--version'] },
  { what: 'the help of a command', args: ['install', '--help'] },
  { what: 'a press of the tab key', args: ['__complete', '--', 'install', '--'] },
  { what: 'kindgcr config list', args: ['config', 'list'] },
])('$what loads no library that it does not use', async ({ args }) => {
  expect(await librariesOf(args)).toEqual(['@sindresorhus/fnv1a', 'commander', 'valibot']);
});
