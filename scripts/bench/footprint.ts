import { existsSync } from 'node:fs';
import type { Contestant } from './contestant.ts';
import { fileSize } from './file-size.ts';
import { median } from './paired.ts';
import { GNU_TIME, peakMemory } from './process-use.ts';
import type { Report } from './report.ts';
import type { World } from './world.ts';

/** Measures the programs' memory and file sizes. */
export async function measureFootprint(world: World, report: Report): Promise<void> {
  const { calls, node, folder, installed, mint } = world;
  if (existsSync(GNU_TIME)) {
    const peak = async (contestant: Contestant) => {
      const peaks: number[] = [];
      for (let round = 0; round < report.rounds; round++) peaks.push(await peakMemory(contestant, folder));
      return median(peaks);
    };
    const bare = await peak(node);
    for (const call of [calls.warm, calls.cold, mint]) {
      const ours = await peak(call);
      report.add(`peak memory, ${call.name}`, mebibytes(ours), `${node.name} ${mebibytes(bare)}`, ours / bare);
    }
  } else {
    report.skip('peak memory', `${GNU_TIME} is not installed`);
  }
  for (const [name, path] of [
    ['kindgcr', installed.kindgcr],
    ['kindgcr-agent', installed.agent],
  ] as const) {
    const { raw, gzip } = await fileSize(path);
    report.add(`size of ${name}`, megabytes(raw), `gzip ${megabytes(gzip)}`);
  }
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
