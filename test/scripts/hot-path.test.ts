import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleProgram } from '../../scripts/build/bundle.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { REPOSITORY } from '../support/run/run.ts';

test('what each start of the helper loads is small, and needs of Node only what Node has loaded anyway', async () => {
  const { main, assets } = await bundleProgram(join(REPOSITORY, 'host.ts'), await tempDir(), {
    root: REPOSITORY,
    codeCacheFor: [],
  });
  const script = await readFile(main, 'utf8');
  const modules = new Set(Array.from(script.matchAll(/\brequire\("([^"]*)"\)/g), ([, name]) => name));
  // node:crypto, for one, would cost a fifth of the start; node:vm is there to load the rest with, when it is needed.
  expect([...modules].sort()).toEqual(['node:fs', 'node:os', 'node:path', 'node:sea', 'node:vm']);
  expect(script.length).toBeLessThan(60_000);
  expect(Object.keys(assets)).toEqual(['cold.js', 'cold.cache']);
  for (const asset of Object.values(assets)) expect((await stat(asset)).size).toBeGreaterThan(100_000);
});
