import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contestant, runOnce } from './contestant.ts';

/** GNU time, which prints the kernel's accounting for a process that has exited. */
export const GNU_TIME = '/usr/bin/time';

/** Clock ticks per second in `/proc`: USER_HZ, the same on every machine that Node has a Linux runtime for. */
const TICKS = 100;

/** A process's resident memory, in MiB. */
export interface Resident {
  readonly all: number;
  /** Anonymous memory: the kernel can't reclaim it without swap. */
  readonly anonymous: number;
}

/** Peak resident memory of one call, in MiB, including file pages of the executable. */
export async function peakMemory(contestant: Contestant, scratch: string): Promise<number> {
  const report = join(scratch, 'peak');
  const { file, args } = contestant;
  await runOnce({ ...contestant, file: GNU_TIME, args: ['--format=%M', `--output=${report}`, file, ...args] });
  return Number(await readFile(report, 'utf8')) / 1024;
}

/** Resident memory of a running process. */
export async function residentMemory(pid: number): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { all: field('VmRSS'), anonymous: field('RssAnon') };
}

/** Seconds of CPU time that a running process has used so far, with its threads and the children it has reaped. */
export async function cpuSeconds(pid: number): Promise<number> {
  // The name, in parentheses, may hold anything; utime is the 12th field after it, then stime, cutime and cstime.
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS;
}
