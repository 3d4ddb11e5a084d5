import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { overwriteFile, undoOverwrite } from '../../../agent/files/overwrite-file.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { cutShort } from '../cut-short.ts';

/** A text's bytes, padded with blanks to a length. */
function padded(text: string, length: number): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(length, ' ')]).subarray(0, length);
}

test('wherever the overwrite was interrupted, the old content is restored, with its mode', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  const text = fc.string({ unit: fc.constantFrom('a', 'ä', '"', ' '), maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(text, text, fc.nat(60), async (before, after, cut) => {
      const length = Math.max(Buffer.byteLength(before), Buffer.byteLength(after));
      const found = [padded(after, length).subarray(0, cut), padded(before, length).subarray(cut)];
      await cutShort(path, before, after, Buffer.concat(found));
      await undoOverwrite(path);
      expect(await readFile(path, 'utf8')).toBe(before);
      expect((await stat(path)).mode & 0o777).toBe(0o644);
      expect(await readdir(dir)).toEqual(['config.json']);
    }),
  );
});

test('it returns whether the file held neither the old nor the new content', async () => {
  const path = join(await tempDir(), 'config.json');
  const [before, after] = ['{"a":1}', '{"b":22222}'];
  const states = { [before]: false, '{"a":1}  ': false, '{"b":1}    ': true, '{"b":222   ': true, [after]: false };
  for (const [found, isOfNoUse] of Object.entries(states)) {
    await cutShort(path, before, after, found);
    expect(await undoOverwrite(path), found).toBe(isOfNoUse);
    expect(await readFile(path, 'utf8')).toBe(before);
  }
});

test('what another program has written since stays, and a deleted file stays deleted', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  for (const found of ['{"by":"another program"}', '{}', '{"b":22222}\n\n\n']) {
    await cutShort(path, '{"a":1}', '{"b":22222}', found);
    expect(await undoOverwrite(path)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(found);
    expect(await readdir(dir)).toEqual(['config.json']);
  }
});

test('an unreadable journal is ignored', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  await writeFile(path, '{}');
  await writeFile(join(dir, '.config.json.overwriting'), '{"before":');
  expect(await undoOverwrite(path)).toBe(false);
  expect(await readdir(dir)).toEqual(['config.json']);
});

test('a successful overwrite leaves no other files', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  await writeFile(path, '{"long":"enough to be cut off"}', { mode: 0o644 });
  await overwriteFile(path, '{}', 0o600);
  expect(await readFile(path, 'utf8')).toBe('{}');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(['config.json']);
});
