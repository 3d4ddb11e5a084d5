import { expect, test } from 'vitest';
import { whileHolding } from '../../agent/single-holder.ts';
import { tempDir } from '../support/temp-dir.ts';

test('a lock has one holder at a time; who waits gets it when it is released', async () => {
  const root = await tempDir();
  const waiting = await whileHolding(root, 'pass', 0, async () => {
    await expect(whileHolding(root, 'pass', 0, async () => {})).rejects.toMatchObject({ code: 'BUSY' });
    return { turn: whileHolding(root, 'pass', 60_000, async () => 'mine') };
  });
  expect(await waiting.turn).toBe('mine');
});

test('another node on the same machine, and another purpose, are other locks', async () => {
  const [one, other] = [await tempDir(), await tempDir()];
  const work = whileHolding(one, 'pass', 0, () =>
    whileHolding(other, 'pass', 0, () => whileHolding(one, 'daemon', 0, async () => 'done')),
  );
  expect(await work).toBe('done');
});

test('work that fails lets go of the lock', async () => {
  const root = await tempDir();
  await expect(whileHolding(root, 'pass', 0, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await whileHolding(root, 'pass', 0, async () => 'done')).toBe('done');
});

test('parallel work is done one after the other', async () => {
  const root = await tempDir();
  let inside = 0;
  const work = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => whileHolding(root, 'pass', 60_000, work)));
});
