import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { packKindgcr } from '../../scripts/package/npm-packages.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { REPOSITORY, run } from '../support/run/run.ts';
import { notLinux, testUnless } from '../support/vitest/obstacle.ts';
import { sigusr1DuringGet, sigusr1DuringWatch } from './sigusr1.ts';

const node = dirname(process.execPath);
let bin: string;

beforeAll(async () => {
  const folder = await tempDir(afterAll);
  const tarball = await packKindgcr({ root: REPOSITORY, cache: folder }, folder);
  const unpacked = await run('tar', ['-xzf', tarball, '-C', folder], { env: { PATH: '/usr/bin:/bin' } });
  expect(unpacked.exitCode, unpacked.stderr).toBe(0);
  bin = join(folder, 'package', 'bin');
});

testUnless(notLinux)('SIGUSR1 does not open an inspector in the helper of the npm package', () =>
  sigusr1DuringGet(join(bin, 'docker-credential-kindgcr'), node),
);

testUnless(notLinux)(
  'SIGUSR1 does not open an inspector in kindgcr watch of the npm package, which keeps running',
  () => sigusr1DuringWatch(join(bin, 'kindgcr'), node),
);
