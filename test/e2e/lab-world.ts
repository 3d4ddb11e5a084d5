import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabServices, labServices } from '../support/lab-services.ts';
import { REPOSITORY, type RunningProgram, type RunResult, run, start } from '../support/run.ts';

const LAB = join(REPOSITORY, 'test/lab/lab');

/** What `lab` exits with where it can't run (EX_UNAVAILABLE of sysexits.h). */
const UNAVAILABLE = 69;

/** Google's names that lead to the services, in the engine, in its nodes and in `lab exec`. */
const NAMES = 'oauth2.googleapis.com gcr.io us.gcr.io us-docker.pkg.dev';

/** Plain facts of a running lab world; they cross from vitest's set-up to its tests. */
export interface LabFacts {
  /** The environment that `lab` and the docker CLI need. */
  readonly env: Readonly<Record<string, string>>;
  /** The state folder of the stand-in services. */
  readonly services: string;
  /** The line for /etc/hosts that leads Google's names to them. */
  readonly names: string;
}

/** Runs a `lab` command. Its progress goes where this process's goes when `show` is set. */
export async function lab(args: readonly string[], env: Readonly<Record<string, string>>): Promise<RunResult> {
  return await run(LAB, args, { env, timeout: 3_600_000 });
}

/** Why the lab can't run on this machine, or undefined where it can. */
export async function labObstacle(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const { exitCode, stderr } = await lab(['doctor'], env);
  return exitCode === UNAVAILABLE
    ? (stderr.trim().split('\n').at(0) ?? 'the lab is unavailable').replace(/^lab: /, '')
    : undefined;
}

/**
 * Brings up the engine, the registry, and Google's stand-ins before it. Everything that was built is taken from the
 * cache. The caller stops the services; the engine goes on until `lab down`.
 */
export async function startLabWorld(
  inherited: Readonly<Record<string, string>>,
  { tokenLife = 3599, onProgress = () => {} }: { tokenLife?: number; onProgress?: (line: string) => void } = {},
): Promise<{ facts: LabFacts; services: LabServices; stop(): Promise<void> }> {
  await must(['up'], inherited, onProgress);
  await must(['registry'], inherited, onProgress);
  const env = { ...inherited, ...exportsOf((await lab(['env'], inherited)).stdout) };
  const state = join(env.KINDGCR_LAB ?? '', 'run', 'google');
  await rm(state, { recursive: true, force: true });
  await mkdir(state, { recursive: true, mode: 0o700 });
  const address = env.KINDGCR_LAB_ADDRESS ?? '127.0.0.1';
  const script = join(REPOSITORY, 'test/support/serve.ts');
  const flags = ['--dir', state, '--listen', address, '--token-life', String(tokenLife)];
  const server: RunningProgram = await start(LAB, ['exec', process.execPath, script, ...flags], { env });
  await server.prints(/^ready/m);
  const names = `${address} ${NAMES}`;
  await must(['hosts', names], env, onProgress);
  await must(['trust', join(state, 'ca.crt'), 'gcr.io', 'us.gcr.io', 'us-docker.pkg.dev'], env, onProgress);
  return {
    facts: { env, services: state, names },
    services: await labServices(state),
    stop: async () => void (await server.stop()),
  };
}

async function must(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onProgress: (line: string) => void,
) {
  const program = await start(LAB, args, { env });
  let shown = 0;
  const timer = setInterval(() => {
    const lines = program.output.slice(shown).split('\n').slice(0, -1);
    for (const line of lines) onProgress(line);
    shown += lines.reduce((length, line) => length + line.length + 1, 0);
  }, 500);
  const { exitCode } = await program.ended;
  clearInterval(timer);
  if (exitCode !== 0) throw new Error(`lab ${args[0]} failed:\n${program.output.slice(-3000)}`);
}

/** Reads `export NAME=value` lines, `"$PATH"` standing for the PATH of this process. */
function exportsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace(/"?\$PATH"?/, process.env.PATH ?? ''),
  ]);
  return Object.fromEntries(found);
}
