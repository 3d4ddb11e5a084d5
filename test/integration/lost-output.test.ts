import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { type ProgramName, programFile } from '../support/run/programs.ts';
import { run } from '../support/run/run.ts';

/** Runs a program in a shell, where `$P` starts it. */
async function shell(program: ProgramName, line: string, input = '') {
  const env = { HOME: await tempDir(), PATH: '/usr/bin:/bin', P: `${process.execPath} ${programFile(program)}` };
  return await run('/bin/bash', ['-c', `set -o pipefail; ${line}`], { env, input });
}

test.each<[ProgramName, string]>([
  ['host', '--help'],
  ['host', 'completion bash'],
  ['host', 'configure-docker'],
  ['agent', 'status --json'],
])('%s %s: a reader that exits early causes no error and no stack trace', async (program, args) => {
  const { stderr, exitCode } = await shell(program, `$P ${args} | true`);
  expect(stderr).not.toMatch(/Unhandled|node:|EPIPE/);
  expect(exitCode).toBe(0);
});

test.runIf(existsSync('/dev/full')).each<[ProgramName, string]>([
  ['host', '--help'],
  ['host', 'completion bash'],
  ['host', 'configure-docker'],
  ['agent', 'status --json'],
])('%s %s with a full disk behind stdout: one sentence, exit code 9', async (program, args) => {
  const { stderr, exitCode } = await shell(program, `$P ${args} > /dev/full`);
  expect(stderr).toMatch(/error: the output can't be written \(ENOSPC\)\n/);
  expect(stderr).not.toMatch(/Unhandled|node:/);
  expect(exitCode).toBe(9);
});

test.runIf(existsSync('/dev/full'))('the helper fails when its answer did not reach the client', async () => {
  const bin = await tempDir();
  await symlink(programFile('host'), join(bin, 'docker-credential-kindgcr'));
  const env = { HOME: await tempDir(), PATH: '/usr/bin:/bin' };
  const line = `${process.execPath} ${join(bin, 'docker-credential-kindgcr')} list`;
  expect((await run('/bin/bash', ['-c', line], { env })).exitCode).toBe(0);
  expect((await run('/bin/bash', ['-c', `${line} > /dev/full`], { env })).exitCode).toBe(1);
});
