import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AtEnd } from '../test/support/temp-dir.ts';
import { measureFootprint } from './bench/footprint.ts';
import { installTimes } from './bench/install-times.ts';
import { newReport } from './bench/report.ts';
import { measureTimes } from './bench/start-times.ts';
import { newWorld } from './bench/world.ts';

// node scripts/bench.ts [--rounds N] | --install
// Measures what is in dist/ and prints one Markdown table; build first. Best on a machine that does nothing else.
// --install measures whole installs instead, in the lab (test/lab/README.md): some minutes.
const { rounds, install } = parseArgs({
  options: { rounds: { type: 'string', default: '25' }, install: { type: 'boolean', default: false } },
}).values;
const progress = (line: string) => console.error(line);
const undo: (() => Promise<void>)[] = [];
const atEnd: AtEnd = (step) => void undo.unshift(step);
try {
  if (install) {
    const env = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    console.log(await installTimes(Object.fromEntries(env), progress, atEnd));
  } else {
    const report = newReport(Number(rounds), progress);
    const world = await newWorld(join(import.meta.dirname, '..', 'dist'), process.env.PATH ?? '', atEnd);
    await measureTimes(world, report);
    await measureFootprint(world, report, atEnd);
    console.log(report.text());
  }
} finally {
  for (const step of undo) await step();
}
