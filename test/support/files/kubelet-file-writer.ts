import { readKubeletFile, recoverKubeletFile, writeKubeletFile } from '../../../agent/docker-config/file.ts';

// A program for tests to kill: recovers the file given as its argument, prints what it found, and writes it in a loop.

/** What it writes, alternating: a text that fits a page of memory, and one of many pages. */
export const TEXTS = [10, 200_000].map((length, round) => JSON.stringify({ x: 'yz'.charAt(round).repeat(length) }));

if (process.argv[1] === import.meta.filename) {
  const [path = ''] = process.argv.slice(2);
  const wasInterrupted = await recoverKubeletFile(path);
  const found = TEXTS.indexOf((await readKubeletFile(path))?.text ?? '');
  console.log(`found text ${found}${wasInterrupted ? ', recovered' : ''}`);
  for (let round = found + 1; ; round++) await writeKubeletFile(path, TEXTS[round % 2] ?? '');
}
