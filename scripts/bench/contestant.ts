import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A program call to measure. */
export interface Contestant {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  /** What it must print: a fast failure is no result. */
  readonly prints?: RegExp;
}

/** Runs it once and resolves with the milliseconds from start to end. Rejects when it failed or printed something else. */
export async function runOnce({ name, file, args, env, input = '', prints }: Contestant): Promise<number> {
  const begin = performance.now();
  const child = spawn(file, args, { env: { ...env }, stdio: 'pipe' });
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.on('error', () => {}); // it may not read its stdin
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const elapsed = performance.now() - begin;
  const [stdout, stderr] = await outputs;
  if (exitCode !== 0 || prints?.test(stdout) === false) {
    throw new Error(`${name} failed with exit code ${exitCode}: ${stderr.trim()}`);
  }
  return elapsed;
}
