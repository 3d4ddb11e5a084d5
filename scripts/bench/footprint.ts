import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { plainNode } from '../../test/agent/plain-node.ts';
import { start } from '../../test/support/run.ts';
import type { AtEnd } from '../../test/support/temp-dir.ts';
import type { Contestant } from './contestant.ts';
import { fileSize } from './file-size.ts';
import { median } from './paired.ts';
import { GNU_TIME, peakMemory, residentMemory } from './peak-memory.ts';
import type { Report } from './report.ts';
import type { World } from './world.ts';

/** Measures what the programs take up: memory and room on the disk. */
export async function measureFootprint(world: World, report: Report, atEnd: AtEnd): Promise<void> {
  const { calls, node, folder, installed } = world;
  if (existsSync(GNU_TIME)) {
    const peak = async (contestant: Contestant) => {
      const peaks: number[] = [];
      for (let round = 0; round < report.rounds; round++) peaks.push(await peakMemory(contestant, folder));
      return median(peaks);
    };
    const bare = await peak(node);
    for (const call of [calls.warm, calls.cold]) {
      const ours = await peak(call);
      report.add(`peak memory, ${call.name}`, mebibytes(ours), `${node.name} ${mebibytes(bare)}`, ours / bare);
    }
  } else {
    report.skip('peak memory', `${GNU_TIME} is not installed`);
  }
  const { all, anonymous } = await agentAtRest(world, atEnd);
  report.add('agent at rest, after its first pass', `${mebibytes(all)}, ${mebibytes(anonymous)} of it its own`);
  for (const [name, path] of [
    ['kindgcr', installed.kindgcr],
    ['kindgcr-agent', installed.agent],
  ] as const) {
    const { raw, gzip } = await fileSize(path);
    report.add(`size of ${name}`, megabytes(raw), `gzip ${megabytes(gzip)}`);
  }
}

/** What the agent holds while it waits, once it has made a node pull. */
async function agentAtRest({ google, installed }: World, atEnd: AtEnd) {
  const node = await plainNode({}, google.env, atEnd);
  await mkdir(dirname(node.layout.keyfile), { recursive: true });
  await copyFile(await google.keyfile(), node.layout.keyfile);
  const daemon = await start(installed.agent, ['--root', node.root, 'run'], { env: node.env });
  try {
    await daemon.prints(/restarted the kubelet/);
    return await residentMemory(daemon.pid);
  } finally {
    await daemon.stop();
  }
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
