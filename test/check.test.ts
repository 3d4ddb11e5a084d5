import { expect, test } from 'vitest';
import { REPOSITORY, run } from './support/run/run.ts';

const env = { PATH: `${REPOSITORY}/node_modules/.bin:/usr/bin:/bin` };

test('format and lint are clean', { timeout: 120_000 }, async () => {
  const { stdout, stderr, exitCode } = await run('biome', ['ci', '.'], { env, cwd: REPOSITORY, timeout: 120_000 });
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
});

test('types are right', { timeout: 240_000 }, async () => {
  const { stdout, exitCode } = await run('tsc', ['--noEmit'], { env, cwd: REPOSITORY, timeout: 240_000 });
  expect(exitCode, stdout).toBe(0);
});
