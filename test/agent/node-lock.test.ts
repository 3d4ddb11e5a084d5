import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { whileLocked } from '../../agent/node-lock.ts';
import { nodeLayout } from '../../core/node/layout.ts';
import { tempDir } from '../support/files/temp-dir.ts';

const layoutOf = async () => nodeLayout(await tempDir());
const AT_ONCE = { patience: 0 };
const PATIENT = { patience: 60_000 };

test('a lock has one holder at a time; a waiting process gets it when it is released', async () => {
  const layout = await layoutOf();
  const waiting = await whileLocked(layout, 'reconcile', AT_ONCE, async () => {
    await expect(whileLocked(layout, 'reconcile', AT_ONCE, async () => {})).rejects.toMatchObject({ code: 'BUSY' });
    return { turn: whileLocked(layout, 'reconcile', PATIENT, async () => 'mine') };
  });
  expect(await waiting.turn).toBe('mine');
});

test('another node on the same machine and another purpose have their own locks', async () => {
  const [one, other] = [await layoutOf(), await layoutOf()];
  const work = whileLocked(one, 'reconcile', AT_ONCE, () =>
    whileLocked(other, 'reconcile', AT_ONCE, () => whileLocked(one, 'daemon', AT_ONCE, async () => 'done')),
  );
  expect(await work).toBe('done');
});

test('work that fails releases the lock', async () => {
  const layout = await layoutOf();
  const failing = whileLocked(layout, 'reconcile', AT_ONCE, () => Promise.reject(new Error('failed')));
  await expect(failing).rejects.toThrow('failed');
  expect(await whileLocked(layout, 'reconcile', AT_ONCE, async () => 'done')).toBe('done');
});

test('parallel work is done one after the other', async () => {
  const layout = await layoutOf();
  let inside = 0;
  const work = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => whileLocked(layout, 'reconcile', PATIENT, work)));
});

test('the locks are files that no other user can reach', async () => {
  const layout = await layoutOf();
  await whileLocked(layout, 'daemon', AT_ONCE, () =>
    whileLocked(layout, 'reconcile', AT_ONCE, async () => {
      expect((await stat(dirname(layout.daemonLock))).mode & 0o777).toBe(0o700);
      for (const path of [layout.daemonLock, layout.reconcileLock]) expect((await stat(path)).mode & 0o777).toBe(0o600);
    }),
  );
});

test("a folder that can't be created is an error that names the lock", async () => {
  const layout = nodeLayout('/dev/null');
  const failing = whileLocked(layout, 'daemon', AT_ONCE, async () => {});
  await expect(failing).rejects.toMatchObject({ code: 'FILE_FAILED', message: expect.stringContaining('daemon.lock') });
});
