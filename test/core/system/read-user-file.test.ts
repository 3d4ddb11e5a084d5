import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDockerConfig } from '../../../core/registry/read-docker-config.ts';
import { readUserFile, whyUnreadable } from '../../../core/system/read-user-file.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

/** Why a file was not read. */
function refusal(path: string): string {
  try {
    readUserFile(path);
  } catch (error) {
    return whyUnreadable(error);
  }
  throw new Error(`${path} was read`);
}

test('a FIFO, a device, a folder and a large file are refused by what they are', async () => {
  const folder = await tempDir();
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  await writeFile(join(folder, 'large'), Buffer.alloc(1024 * 1024 + 1));
  expect(refusal(fifo)).toBe('is not a regular file');
  expect(refusal('/dev/zero')).toBe('is not a regular file');
  expect(refusal(folder)).toBe('is a folder');
  expect(refusal(join(folder, 'large'))).toBe('is larger than 1 MiB');
  expect(refusal(join(folder, 'none'))).toBe('does not exist');
});

test('a file of 1 MiB is read whole, and one whose size the system does not know', async () => {
  const path = join(await tempDir(), 'file');
  const content = Buffer.alloc(1024 * 1024, 'key');
  await writeFile(path, content);
  expect(readUserFile(path).equals(content)).toBe(true);
  expect(readUserFile('/proc/self/status').toString()).toMatch(/^Name:/);
});

test('a docker config may hold thousands of logins, but is no FIFO', async () => {
  const folder = await tempDir();
  const path = join(folder, 'config.json');
  const config = { auths: { 'registry.example': { auth: 'x'.repeat(3 * 1024 * 1024) } } };
  await writeFile(path, JSON.stringify(config));
  expect(await readDockerConfig(path)).toEqual(config);
  await mkdir(join(folder, 'other'));
  execFileSync('mkfifo', [join(folder, 'other', 'config.json')]);
  await expect(readDockerConfig(join(folder, 'other', 'config.json'))).rejects.toMatchObject({ code: 'FILE_FAILED' });
});
