import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AtEnd } from '../test/support/files/temp-dir.ts';
import { measureAgentAtRest } from './bench/agent-at-rest.ts';
import { measureFootprint } from './bench/footprint.ts';
import { measureInstalls } from './bench/install-times.ts';
import { newReport } from './bench/report.ts';
import { measureTimes } from './bench/start-times.ts';
import { newWorld } from './bench/world.ts';

// node scripts/bench.ts [--rounds N] [--idle SECONDS] [--install]
// Measures the executables in dist/ and prints one Markdown table; build first. Best on an idle machine.
// --idle: how long to measure the idle agent; the table is for five minutes, which is --idle 300.
// --install: also measures whole installs in the lab (test/lab/README.md); takes some minutes more.
const { rounds, idle, install } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    idle: { type: 'string', default: '60' },
    install: { type: 'boolean', default: false },
  },
}).values;
const undo: (() => Promise<void>)[] = [];
const atEnd: AtEnd = (step) => void undo.unshift(step);
try {
  const report = newReport(Number(rounds), (line) => console.error(line));
  const world = await newWorld(join(import.meta.dirname, '..', 'dist'), process.env.PATH ?? '', atEnd);
  await measureTimes(world, report);
  await measureFootprint(world, report);
  await measureAgentAtRest(world, report, { idle: Number(idle), atEnd });
  if (install) {
    await measureInstalls(process.env, report, atEnd);
  }
  console.log(report.text());
} finally {
  for (const step of undo) await step();
}
