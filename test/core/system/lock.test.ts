import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock, tryLock } from '../../../core/system/lock.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { run } from '../../support/run/run.ts';

const MODULE = JSON.stringify(new URL('../../../core/system/lock.ts', import.meta.url).href);

test('a lock that is held is refused at once, and free again after its release', async () => {
  const path = join(await tempDir(), 'lock');
  const release = tryLock(path);
  expect(release).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  release?.();
  const again = tryLock(path);
  expect(again).toBeDefined();
  again?.();
});

test('asking for a lock that this process holds leaves it held for other processes', async () => {
  const path = join(await tempDir(), 'lock');
  const release = tryLock(path);
  expect(tryLock(path)).toBeUndefined();
  const script = `import { tryLock } from ${MODULE}; console.log(tryLock(${JSON.stringify(path)}) === undefined);`;
  const other = await run(process.execPath, ['--input-type=module-typescript', '--eval', script]);
  expect(other.stdout).toBe('true\n');
  release?.();
});

test('a waiting process gets the lock when it is released, and gives up when its time is over', async () => {
  const path = join(await tempDir(), 'lock');
  const release = tryLock(path);
  expect(await takeLock(path, { patience: 120 })).toBeUndefined();
  const waiting = takeLock(path, { patience: 60_000 });
  release?.();
  (await waiting)?.();
});

test('a wait is aborted by its signal', async () => {
  const path = join(await tempDir(), 'lock');
  const release = tryLock(path);
  const waiting = takeLock(path, { patience: 60_000, signal: AbortSignal.timeout(50) });
  await expect(waiting).rejects.toThrow();
  release?.();
});

test('the lock of a killed process is free, and nothing else is left', async () => {
  const folder = await tempDir();
  const path = join(folder, 'lock');
  const script = `import { tryLock } from ${MODULE}; const release = tryLock(${JSON.stringify(path)}); console.log('held'); setInterval(() => release.length, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(tryLock(path)).toBeUndefined();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const release = await takeLock(path, { patience: 10_000 });
  expect(release).toBeDefined();
  release?.();
  expect(await readdir(folder)).toEqual(['lock']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a missing folder is the system's error, not a held lock", async () => {
  const path = join(await tempDir(), 'missing', 'lock');
  expect(() => tryLock(path)).toThrow('ENOENT');
});
