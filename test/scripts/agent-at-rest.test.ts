import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleProgram } from '../../scripts/build/bundle.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { REPOSITORY } from '../support/run/run.ts';

test("what the daemon holds while it waits has nothing of Google's library, which comes with a mint alone", async () => {
  const { assets } = await bundleProgram(join(REPOSITORY, 'agent/main.ts'), await tempDir(), { root: REPOSITORY });
  const libraries = async (asset: string) => {
    const script = await readFile(assets[asset] ?? '', 'utf8');
    return ['google-auth-library', 'undici'].filter((library) => script.includes(`node_modules/${library}/`));
  };
  expect(await libraries('mint.js')).toEqual(['google-auth-library', 'undici']);
  expect(await libraries('program.js')).toEqual([]);
});
