import { inject } from 'vitest';
import { type RunningProgram, type RunOptions, type RunResult, run, start } from './run.ts';

/** Of the checkout: `host` is `kindgcr` and, called by that name, `docker-credential-kindgcr`; `agent` is `kindgcr-agent`. */
export type ProgramName = 'host' | 'agent';

/** The path of a program, as a script for Node. */
export function programFile(name: ProgramName): string {
  return inject('programs')[name];
}

/** Runs a program until it exits, with the Node that runs the tests. */
export function runProgram(
  name: ProgramName,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<RunResult> {
  return run(process.execPath, [programFile(name), ...args], options);
}

/** Starts a program that keeps running. The caller stops it. */
export function startProgram(
  name: ProgramName,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<RunningProgram> {
  return start(process.execPath, [programFile(name), ...args], options);
}
