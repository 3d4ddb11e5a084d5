import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contestant, runOnce } from './contestant.ts';

/** GNU time, which tells what the kernel counted for a process that has ended. */
export const GNU_TIME = '/usr/bin/time';

/** What `/proc` counts CPU time in, a second: USER_HZ, the same on every machine that Node has a Linux runtime for. */
const TICKS = 100;

/** What a process has in memory, in MiB. */
export interface Resident {
  readonly all: number;
  /** The part that is no file's: the kernel can't take it back without a swap. The rest it can, at any time. */
  readonly anonymous: number;
}

/** The most memory that one call had resident, in MiB, pages of the executable's file included. */
export async function peakMemory(contestant: Contestant, scratch: string): Promise<number> {
  const report = join(scratch, 'peak');
  const { file, args } = contestant;
  await runOnce({ ...contestant, file: GNU_TIME, args: ['--format=%M', `--output=${report}`, file, ...args] });
  return Number(await readFile(report, 'utf8')) / 1024;
}

/** What a running process has resident now. */
export async function residentMemory(pid: number): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { all: field('VmRSS'), anonymous: field('RssAnon') };
}

/** Seconds of CPU time that a running process has used so far, in all its threads and in the processes that it has seen end. */
export async function cpuSeconds(pid: number): Promise<number> {
  // The name, in parentheses, may hold anything; utime is the 12th field after it, then stime, cutime and cstime.
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS;
}
