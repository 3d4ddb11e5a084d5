import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleProgram } from '../../scripts/build/bundle.ts';
import { PROGRAMS } from '../../scripts/build/programs.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { REPOSITORY, run } from '../support/run/run.ts';

/** Whether V8 accepts a script's code cache, loaded as scripts/build/embedded-module.ts does. */
const LOOK = `
const [script, cache] = process.argv.slice(1).map((path) => require('node:fs').readFileSync(path));
const filename = require('node:path').basename(process.argv[1]);
const { cachedDataRejected } = new (require('node:vm').Script)(script.toString('latin1'), { filename, cachedData: cache });
console.log(cachedDataRejected ? 'refused' : 'taken');`;

test.each(PROGRAMS)(
  'V8 takes the code cache of the $name executable, by the options that it runs with',
  async ({ entry, execArgv }) => {
    const bundle = { root: REPOSITORY, codeCacheFor: execArgv };
    const { assets } = await bundleProgram(join(REPOSITORY, entry), await tempDir(), bundle);
    const scripts = Object.values(assets).filter((path) => path.endsWith('.js'));
    expect(scripts.map((path) => basename(path))).not.toEqual([]);
    for (const script of scripts) {
      const cache = script.replace(/\.js$/, '.cache');
      expect((await readFile(cache)).length).toBeGreaterThan(100_000);
      const { stdout } = await run(process.execPath, [...execArgv, '-e', LOOK, script, cache]);
      expect(`${basename(cache)} is ${stdout}`).toBe(`${basename(cache)} is taken\n`);
    }
  },
);
