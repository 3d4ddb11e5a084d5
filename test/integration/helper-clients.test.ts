import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import { programFile } from '../support/run/programs.ts';
import { run } from '../support/run/run.ts';

const NAME = 'docker-credential-kindgcr';

/** A folder for PATH in which the helper is found by its name, run by the Node of the tests. */
async function helperFolder() {
  const folder = await tempDir();
  await mkdir(join(folder, 'script'));
  const script = join(folder, 'script', NAME);
  await symlink(programFile('host'), script);
  await writeFile(join(folder, NAME), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
  return folder;
}

const missing = await debianPrograms({ 'docker-credential-pass': 'golang-docker-credential-helpers' });

describe('compared with docker-credential-pass', () => {
  beforeEach((context) => missing !== undefined && context.skip(missing));

  // Texts that have been the same since its first release; Debian's version is an old one.
  test.each([
    ['no action', [], ''],
    ['two arguments', ['get', 'gcr.io'], ''],
    ['get without input', ['get'], ''],
    ['get of white space', ['get'], ' \n\t\r\n'],
    ['erase without input', ['erase'], '\n'],
    ['store without a server', ['store'], '{"Username":"u","Secret":"s"}'],
    ['store without a user', ['store'], '{"ServerURL":"gcr.io","Secret":"s"}'],
    ['store with lower-case names', ['store'], '{"serverurl":"gcr.io","secret":"s"}'],
    ['store on several lines', ['store'], '{"ServerURL":"gcr.io",\n"Secret":"s"}\n'],
  ])('%s: the same text, stream and exit code as docker-credential-pass', async (_, args, input) => {
    const folder = await helperFolder();
    const env = { HOME: folder, PATH: '/usr/bin:/bin' };
    const ours = await run(join(folder, NAME), args, { env, input });
    const theirs = await run('docker-credential-pass', args, { env, input });
    const named = (text: string) => text.replaceAll('docker-credential-pass', NAME);
    expect(ours.stdout).toBe(named(theirs.stdout));
    expect(ours.exitCode).toBe(theirs.exitCode);
    expect(ours.stderr).toBe('');
  });
});
