import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabFacts } from '../support/lab/lab-world.ts';
import { REPOSITORY, type RunningProgram, type RunResult, run, start } from '../support/run/run.ts';

/** A user at a terminal, with a home of their own, the built executables on PATH, and the lab's engine. */
export interface User {
  readonly home: string;
  /** Runs a program and waits for it. */
  run(file: string, ...args: string[]): Promise<RunResult>;
  /** Starts one that is to be interrupted. */
  start(file: string, ...args: string[]): Promise<RunningProgram>;
  /** The user's docker config. */
  dockerConfig(): Promise<unknown>;
  remove(): Promise<void>;
}

/** What a user has besides a home. */
export interface UserOptions {
  /** More variables. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Folders to look for programs first. */
  readonly path?: readonly string[];
  /** Folders that go with the user. */
  readonly folders?: readonly string[];
}

/** A user with a fresh home, until `remove`. */
export async function newUser(
  { env, services, proxy }: LabFacts,
  { extra = {}, path = [], folders = [] }: UserOptions = {},
): Promise<User> {
  const home = await mkdtemp(join(tmpdir(), 'kindgcr-user-'));
  const environment = {
    HOME: home,
    PATH: [...path, join(REPOSITORY, 'dist'), env.PATH].join(':'),
    DOCKER_HOST: env.DOCKER_HOST ?? '',
    KINDGCR_LAB: env.KINDGCR_LAB ?? '',
    KINDGCR_LAB_IMAGE_STORE: env.KINDGCR_LAB_IMAGE_STORE ?? '',
    ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy, KINDGCR_E2E_NODE_IMAGE: env.KINDGCR_E2E_NODE_IMAGE ?? '' }),
    NODE_EXTRA_CA_CERTS: join(services, 'ca.crt'),
    ...extra,
  };
  const labExec = (file: string, args: readonly string[]) => ['exec', file, ...args];
  const lab = join(REPOSITORY, 'test/lab/lab');
  return {
    home,
    run: (file, ...args) => run(lab, labExec(file, args), { env: environment, timeout: 600_000 }),
    start: (file, ...args) => start(lab, labExec(file, args), { env: environment }),
    dockerConfig: async () => JSON.parse(await readFile(join(home, '.docker/config.json'), 'utf8')),
    remove: async () => {
      for (const folder of [home, ...folders]) await rm(folder, { recursive: true, force: true });
    },
  };
}
