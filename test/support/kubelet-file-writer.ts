import { healKubeletFile, readKubeletFile, writeKubeletFile } from '../../agent/docker-config/file.ts';

// A program to be killed: heals the file that its argument names, tells what it finds there, and writes it as fast as it can.

/** What it writes in turn: a text within a page of memory, and one over many. */
export const TEXTS = [10, 200_000].map((length, round) => JSON.stringify({ x: 'yz'.charAt(round).repeat(length) }));

if (process.argv[1] === import.meta.filename) {
  const [path = ''] = process.argv.slice(2);
  const wasCutShort = await healKubeletFile(path);
  const found = TEXTS.indexOf((await readKubeletFile(path))?.text ?? '');
  console.log(`found text ${found}${wasCutShort ? ', healed' : ''}`);
  for (let round = found + 1; ; round++) await writeKubeletFile(path, TEXTS[round % 2] ?? '');
}
