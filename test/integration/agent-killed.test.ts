import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { writeKubeletFile } from '../../agent/docker-config/file.ts';
import { REPOSITORY, start } from '../support/run.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Each costs a tenth of a second; KINDGCR_KILLS=1000 for a long look. */
const KILLS = Number(process.env.KINDGCR_KILLS ?? 100);

const TEXTS = [10, 200_000].map((length) => JSON.stringify({ x: 'y'.repeat(length) }));

/** Writes as fast as it can. */
const WRITER = `
  import { writeKubeletFile } from ${JSON.stringify(join(REPOSITORY, 'agent/docker-config/file.ts'))};
  const texts = ${JSON.stringify([10, 200_000])}.map((length) => JSON.stringify({ x: 'y'.repeat(length) }));
  console.log('writing');
  for (let round = 0; ; round++) await writeKubeletFile(process.argv[1], texts[round % 2]);
`;

test('killed in the midst of writing, again and again: a reader always sees a whole file', async () => {
  const folder = await tempDir();
  const path = join(folder, 'config.json');
  await writeKubeletFile(path, TEXTS[0] ?? '');
  let isOver = false;
  let partial = 0;
  const reading = (async () => {
    while (!isOver) if (!TEXTS.includes(await readFile(path, 'utf8'))) partial += 1;
  })();
  let cutShort = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = await start(process.execPath, ['--input-type=module', '--eval', WRITER, path]);
    await writer.prints(/writing/);
    await sleep(Math.random() * 20);
    await writer.stop('SIGKILL');
    const left = (await readdir(folder)).filter((name) => name !== 'config.json');
    cutShort += left.length === 0 ? 0 : 1;
    for (const name of left) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  }
  isOver = true;
  await reading;
  expect(partial).toBe(0);
  expect(cutShort, 'kills that came in the midst of a write').toBeGreaterThan(KILLS / 10);
  // What they have left holds a token: the next write that goes well takes it away.
  await writeKubeletFile(path, '{}');
  expect(await readdir(folder)).toEqual(['config.json']);
}, 600_000);
