import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../../core/system/lock.ts';
import { REPOSITORY, type RunResult, run, start } from '../run/run.ts';
import { type LabServices, labServices } from './lab-services.ts';

const LAB = join(REPOSITORY, 'test/lab/lab');
const SERVE = join(REPOSITORY, 'test/support/lab/serve.ts');

/** The exit code of `lab` where it can't run (EX_UNAVAILABLE of sysexits.h). */
const UNAVAILABLE = 69;

/** Names that resolve to the services, Google's and others: in the engine, in its nodes and in `lab exec`. */
const NAMES = [
  'oauth2.googleapis.com gcr.io us.gcr.io us-docker.pkg.dev',
  'pass.registry.test corp.registry.test 123456789012.dkr.ecr.us-east-1.amazonaws.com',
].join(' ');
const REGISTRIES = ['gcr.io', 'us.gcr.io', 'us-docker.pkg.dev'];

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Plain data about a running lab, which can be passed between processes. */
export interface LabFacts {
  /** The environment that `lab` and the docker CLI need. */
  readonly env: Variables;
  /** The state folder of the fake services. */
  readonly services: string;
  /** The line for /etc/hosts that maps Google's names to them. */
  readonly names: string;
  /**
   * With a node image and the engine of this machine (KINDGCR_E2E_NODE_IMAGE): a proxy that maps Google's names to
   * the services, because the tests must not change how this machine resolves names.
   */
  readonly proxy?: string;
}

/** Runs a `lab` command until it exits. */
export function lab(args: readonly string[], env: Variables): Promise<RunResult> {
  return run(LAB, args, { env, timeout: 3_600_000 });
}

/** Runs a `lab` command that must succeed, printing its progress line by line. */
export async function mustLab(
  args: readonly string[],
  env: Variables,
  onProgress: (line: string) => void,
): Promise<void> {
  const program = await start(LAB, args, { env });
  let printed = 0;
  const printNew = () => {
    const lines = program.output.slice(printed).split('\n').slice(0, -1);
    for (const line of lines) onProgress(line);
    printed += lines.reduce((length, line) => length + line.length + 1, 0);
  };
  const timer = setInterval(printNew, 500);
  const { exitCode } = await program.ended;
  clearInterval(timer);
  printNew();
  if (exitCode !== 0) throw new Error(`lab ${args[0]} failed:\n${program.output.slice(-3000)}`);
}

/** Why the lab can't run on this machine, or undefined where it can. */
export async function labObstacle(env: Variables): Promise<string | undefined> {
  const { exitCode, stderr } = await lab(['doctor'], env);
  if (exitCode !== UNAVAILABLE) return undefined;
  return (stderr.trim().split('\n')[0] ?? 'the lab is unavailable').replace(/^lab: /, '');
}

/**
 * Takes the lock of the lab, since a second test run would stop the services of the first. Returns what releases it.
 * Throws when another run holds it.
 */
export async function claimLab(inherited: Variables): Promise<() => void> {
  const { KINDGCR_LAB: folder = '' } = exportsOf((await lab(['env'], inherited)).stdout, '');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const release = await takeLock(join(folder, 'tests-running'), { patience: 2000 });
  if (release !== undefined) return release;
  throw new Error(`another test run uses the lab in ${folder}; set KINDGCR_LAB to another folder`);
}

/**
 * Starts the engine, the registry and the fake Google services in front of it; all keep running when this process exits.
 * What was built before is taken from the cache.
 */
export async function startLabWorld(
  inherited: Variables,
  { onProgress = () => {} }: { readonly onProgress?: (line: string) => void } = {},
): Promise<LabFacts> {
  await mustLab(['up'], inherited, onProgress);
  await mustLab(['registry'], inherited, onProgress);
  const env = { ...inherited, ...exportsOf((await lab(['env'], inherited)).stdout, inherited.PATH ?? '') };
  const services = join(env.KINDGCR_LAB_RUN ?? '', 'google');
  const address = env.KINDGCR_LAB_ADDRESS ?? '127.0.0.1';
  await stopLabServices(services);
  const running = await startLabServices(services, address, env);
  const names = `${address} ${NAMES}`;
  if (isMachinesOwn(env)) return { env, services, names, proxy: (await running.facts()).proxyUrl };
  await mustLab(['hosts', names], env, onProgress);
  await mustLab(['trust', join(services, 'ca.crt'), ...REGISTRIES], env, onProgress);
  return { env, services, names };
}

/** Whether the tests use this machine's own engine, kind and node image. */
function isMachinesOwn(env: Variables): boolean {
  return (env.KINDGCR_E2E_NODE_IMAGE ?? '') !== '';
}

/** Why a test that needs the lab's own engine or node can't run, or undefined where it can. */
export function needsOwnEngine({ env }: Pick<LabFacts, 'env'>): string | undefined {
  return isMachinesOwn(env) ? 'needs an engine of the lab: unset KINDGCR_E2E_NODE_IMAGE' : undefined;
}

/** Stops the fake services, if they are running. The engine keeps running until `lab down`. */
export async function stopLabServices(folder: string): Promise<void> {
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
  const command = pid > 0 ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
  if (command.includes(SERVE) && command.includes(folder)) {
    process.kill(pid, 'SIGTERM');
    while (await isValid(pid)) await sleep(50);
  }
  await rm(folder, { recursive: true, force: true });
}

/** An exiting process has no command line any more, but may still hold its ports; a zombie holds nothing. */
async function isValid(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX]/.test(stat);
}

async function startLabServices(folder: string, address: string, env: Variables): Promise<LabServices> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const log = await open(join(folder, 'services.log'), 'a', 0o600);
  // `lab exec` execs node, so this is the pid of the services themselves.
  const child = spawn(LAB, ['exec', process.execPath, SERVE, '--dir', folder, '--listen', address], {
    env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
  await writeFile(join(folder, 'pid'), String(child.pid));
  const said = () => readFile(join(folder, 'services.log'), 'utf8');
  while (!/^ready/m.test(await said())) {
    if (child.exitCode !== null) throw new Error(`the stand-in services did not start:\n${await said()}`);
    await sleep(100);
  }
  return await labServices(folder);
}

/** Reads `export NAME=value` lines; `"$PATH"` stands for the PATH that they are added to. */
function exportsOf(text: string, path: string): Record<string, string> {
  const found = [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace(/"?\$PATH"?/, path),
  ]);
  return Object.fromEntries(found);
}
