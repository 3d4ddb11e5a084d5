import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contestant, runOnce } from './contestant.ts';

/** GNU time, which tells what the kernel counted for a process that has ended. */
export const GNU_TIME = '/usr/bin/time';

/** The most memory that one call had resident, in MiB, pages of the executable's file included. */
export async function peakMemory(contestant: Contestant, scratch: string): Promise<number> {
  const report = join(scratch, 'peak');
  const { file, args } = contestant;
  await runOnce({ ...contestant, file: GNU_TIME, args: ['--format=%M', `--output=${report}`, file, ...args] });
  return Number(await readFile(report, 'utf8')) / 1024;
}

/** What a running process has resident now, in MiB: all of it, and the part that is no file's. */
export async function residentMemory(pid: number): Promise<{ readonly all: number; readonly anonymous: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { all: field('VmRSS'), anonymous: field('RssAnon') };
}
