import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AtEnd } from '../test/support/temp-dir.ts';
import { measureFootprint } from './bench/footprint.ts';
import { newReport } from './bench/report.ts';
import { measureTimes } from './bench/start-times.ts';
import { newWorld } from './bench/world.ts';

// node scripts/bench.ts [--rounds N]
// Measures what is in dist/ and prints one Markdown table; build first. Best on a machine that does nothing else.
const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } }).values;
const report = newReport(Number(rounds), (line) => console.error(line));
const undo: (() => Promise<void>)[] = [];
const atEnd: AtEnd = (step) => void undo.unshift(step);
try {
  const world = await newWorld(join(import.meta.dirname, '..', 'dist'), process.env.PATH ?? '', atEnd);
  await measureTimes(world, report);
  await measureFootprint(world, report, atEnd);
  console.log(report.text());
} finally {
  for (const step of undo) await step();
}
