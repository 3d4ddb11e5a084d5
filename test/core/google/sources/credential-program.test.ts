import { execFileSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tokenOfProgram } from '../../../../core/google/sources/credential-program.ts';
import { exec } from '../../../../core/system/exec.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';

const answer = (id_token: string, more: object = {}) =>
  JSON.stringify({
    version: 1,
    success: true,
    token_type: 'urn:ietf:params:oauth:token-type:id_token',
    id_token,
    ...more,
  });

/** A program that answers "of the program", and its output file. */
async function program() {
  const folder = await tempDir();
  const [command, output_file] = [join(folder, 'program'), join(folder, 'output')];
  await writeFile(command, `#!/bin/sh\necho '${answer('of the program')}'\n`);
  await chmod(command, 0o700);
  const ask = () =>
    tokenOfProgram(
      { executable: { command, output_file }, audience: 'a', tokenType: 't', impersonated: undefined },
      {
        exec,
        env: { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' },
        signal: AbortSignal.timeout(60_000),
        path: 'adc.json',
      },
    );
  return { ask, file: output_file };
}

test('the token in the output file is used until it expires', async () => {
  const { ask, file } = await program();
  expect(await ask()).toBe('of the program');
  await writeFile(file, answer('of the file', { expiration_time: 32_503_680_000 }));
  expect(await ask()).toBe('of the file');
  await writeFile(file, answer('of the file', { expiration_time: 1_000_000_000 }));
  expect(await ask()).toBe('of the program');
});

test('an output file that is a FIFO or a device is not waited for: the program runs', async () => {
  const { ask, file } = await program();
  execFileSync('mkfifo', [file]);
  expect(await ask()).toBe('of the program');
  await rm(file);
  execFileSync('ln', ['-s', '/dev/zero', file]);
  expect(await ask()).toBe('of the program');
});
