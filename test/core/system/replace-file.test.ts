import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFile } from '../../../core/system/replace-file.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

test('a file is replaced completely, with its mode, and nothing else is left in the folder', async () => {
  const folder = await tempDir();
  const path = join(folder, 'config.json');
  await writeFile(path, 'old', { mode: 0o644 });
  await replaceFile(path, 'new', { mode: 0o600 });
  expect(await readFile(path, 'utf8')).toBe('new');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['config.json']);
});

test('a symbolic link is kept, and its target replaced', async () => {
  const folder = await tempDir();
  await mkdir(join(folder, 'dotfiles'));
  await writeFile(join(folder, 'dotfiles/config.json'), 'old');
  await symlink('dotfiles/config.json', join(folder, 'config.json'));
  await replaceFile(join(folder, 'config.json'), 'new', { mode: 0o600 });
  expect(await readlink(join(folder, 'config.json'))).toBe('dotfiles/config.json');
  expect(await readFile(join(folder, 'dotfiles/config.json'), 'utf8')).toBe('new');
});

test("a file that can't be replaced stays as it is, and no temporary file is left", async () => {
  const folder = await tempDir();
  const path = join(folder, 'config.json');
  await mkdir(path); // a folder can't be replaced by a file
  await expect(replaceFile(path, 'new', { mode: 0o600 })).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['config.json']);
});
