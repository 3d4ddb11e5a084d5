import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PULL_SCOPES } from '../../core/google/scopes.ts';
import { nodeLayout } from '../../core/node/layout.ts';
import { type AtEnd, tempDir } from '../../test/support/files/temp-dir.ts';
import { type RealGcloud, realGcloud } from '../../test/support/gcloud/real-gcloud.ts';
import { type Google, startGoogle } from '../../test/support/google/google.ts';
import type { Contestant } from './contestant.ts';
import { type HelperCalls, helperCalls } from './helper-calls.ts';
import { type Installed, install } from './installed.ts';
import { passHelper } from './pass-store.ts';

/** Why something can't be measured. */
export interface Missing {
  readonly reason: string;
}

/** Everything that is measured. */
export interface World {
  readonly folder: string;
  readonly installed: Installed;
  readonly google: Google;
  readonly calls: HelperCalls;
  /** The agent's child process that fetches a token. */
  readonly mint: Contestant;
  /** The bare runtime. */
  readonly node: Contestant;
  readonly gcloud: RealGcloud | Missing;
  readonly pass: Contestant | Missing;
}

/** Copies the executables in `dist`, starts the stand-in for Google and logs in with the tools that are installed. */
export async function newWorld(dist: string, path: string, atEnd: AtEnd): Promise<World> {
  const folder = await tempDir(atEnd);
  const installed = await install(dist, folder);
  const google = await startGoogle({}, atEnd);
  return {
    folder,
    installed,
    google,
    calls: await helperCalls(installed.helper, google, folder),
    mint: await mintCall(installed.agent, google, join(folder, 'node')),
    node: { name: '`node -e 0`', file: process.execPath, args: ['-e', '0'], env: {} },
    gcloud: await realGcloud(google.endpoint, folder, path),
    pass: await passHelper(join(folder, 'pass'), path, atEnd),
  };
}

async function mintCall(file: string, google: Google, root: string): Promise<Contestant> {
  const { keyfile } = nodeLayout(root);
  await mkdir(dirname(keyfile), { recursive: true });
  await copyFile(await google.keyfile(), keyfile);
  const args = ['--root', root, 'mint', ...PULL_SCOPES];
  return { name: "the agent's token process", file, args, env: google.env, prints: /"expiresAt"/ };
}
