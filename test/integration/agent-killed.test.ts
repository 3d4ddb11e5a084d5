import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { writeKubeletFile } from '../../agent/docker-config/file.ts';
import { TEXTS } from '../support/files/kubelet-file-writer.ts';
import { inMountNamespace, mountObstacle } from '../support/files/mount-namespace.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { REPOSITORY, start } from '../support/run/run.ts';
import { testUnless } from '../support/vitest/obstacle.ts';

/** Kills of the writer. Each takes a tenth of a second on two idle processors and half a second on a busy machine. */
const KILLS = Number(process.env.KINDGCR_KILLS ?? 250);
/** For a file that is a mount. test/agent/files/overwrite-file.test.ts tests each point of interruption. */
const KILLS_OF_MOUNT = KILLS / 5;

let writer = '';
let undo = async () => {};

// Bundled into one file, it starts in a third of the time.
beforeAll(async () => {
  const folder = await tempDir((end) => {
    undo = end;
  });
  writer = join(folder, 'writer.mjs');
  await build({
    entryPoints: [join(REPOSITORY, 'test/support/files/kubelet-file-writer.ts')],
    outfile: writer,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
  });
  return () => undo();
});

/** Reads a file again and again until stopped, and counts unexpected contents. */
function readInATightLoop(path: string, isGood: (text: string) => boolean) {
  const seen = { good: 0, bad: 0 };
  let isOver = false;
  const reading = (async () => {
    while (!isOver) seen[isGood(await readFile(path, 'utf8')) ? 'good' : 'bad'] += 1;
  })();
  return async () => {
    isOver = true;
    await reading;
    return seen;
  };
}

/** Waits until a file with such a name exists. */
async function fileIn(folder: string, name: RegExp): Promise<void> {
  while (!(await readdir(folder)).some((file) => name.test(file)));
}

test('killed during writes again and again: a reader always sees a complete file', async () => {
  const folder = await tempDir();
  const path = join(folder, 'config.json');
  await writeKubeletFile(path, TEXTS[0] ?? '');
  const stopReading = readInATightLoop(path, (text) => TEXTS.includes(text));
  let [cutShort, left] = [0, [] as string[]];
  for (let kill = 0; kill < KILLS; kill++) {
    for (const name of left) await rm(join(folder, name));
    const program = await start(process.execPath, [writer, path]);
    await program.prints(/found text [01]/);
    await fileIn(folder, /\.tmp$/);
    await sleep(Math.random() * 5);
    await program.stop('SIGKILL');
    left = (await readdir(folder)).filter((name) => name !== 'config.json');
    cutShort += left.length === 0 ? 0 : 1;
    for (const name of left) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  }
  const seen = await stopReading();
  expect(seen.bad).toBe(0);
  expect(seen.good).toBeGreaterThan(KILLS);
  expect(cutShort, 'kills during a write').toBeGreaterThan(KILLS / 10);
  // The temporary files left behind hold tokens: the next successful write removes them.
  await writeKubeletFile(path, '{}');
  expect(await readdir(folder)).toEqual(['config.json']);
}, 1_200_000);

/** Whether a reader may get this while one text is overwritten with the other: each byte is from one of them. */
function isOnItsWay(found: string): boolean {
  const [short = '', long = ''] = TEXTS;
  if (found.length < short.length || found.length > long.length) return false;
  for (let at = 0; at < found.length; at++) {
    const char = found[at];
    if (char !== long[at] && char !== (short[at] ?? ' ')) return false;
  }
  return true;
}

testUnless(mountObstacle)(
  'killed while overwriting a file that is a mount: its previous content is restored at the next start',
  async () => {
    const folder = await tempDir();
    const [source, path] = [join(folder, 'on-the-host.json'), join(folder, 'config.json')];
    await writeFile(source, TEXTS[0] ?? '');
    await writeFile(path, '');
    const stopReading = readInATightLoop(source, (text) => TEXTS.includes(text.trimEnd()) || isOnItsWay(text));
    let cutShort = 0;
    for (let kill = 0; kill < KILLS_OF_MOUNT; kill++) {
      const args = inMountNamespace(`mount --bind ${source} ${path}`, [process.execPath, writer, path]);
      const program = await start('unshare', args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
      expect(await program.prints(/\n/)).toMatch(/^found text [01](, recovered)?\n$/);
      await fileIn(folder, /overwriting$/);
      await sleep(Math.random() * 5);
      await program.stop('SIGKILL');
      const left = (await readdir(folder)).filter((name) => !['config.json', 'on-the-host.json'].includes(name));
      cutShort += left.includes('.config.json.overwriting') ? 1 : 0;
      for (const name of left) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stopReading()).bad).toBe(0);
    expect(cutShort, 'kills while overwriting').toBeGreaterThan(KILLS_OF_MOUNT / 10);
  },
  1_200_000,
);
