import { join } from 'node:path';
import { type Google, startGoogle } from '../../test/support/google.ts';
import { type RealGcloud, realGcloud } from '../../test/support/real-gcloud.ts';
import { type AtEnd, tempDir } from '../../test/support/temp-dir.ts';
import type { Contestant } from './contestant.ts';
import { type HelperCalls, helperCalls } from './helper-calls.ts';
import { type Installed, install } from './installed.ts';
import { passHelper } from './pass-store.ts';

/** Why something is not measured. */
export interface Missing {
  readonly reason: string;
}

/** Everything that takes part. */
export interface World {
  readonly folder: string;
  readonly installed: Installed;
  readonly google: Google;
  readonly calls: HelperCalls;
  /** The bare runtime, doing nothing. */
  readonly node: Contestant;
  readonly gcloud: RealGcloud | Missing;
  readonly pass: Contestant | Missing;
}

/** Copies what is in `dist`, starts Google's stand-in and logs in the tools that are installed. */
export async function newWorld(dist: string, path: string, atEnd: AtEnd): Promise<World> {
  const folder = await tempDir(atEnd);
  const installed = await install(dist, folder);
  const google = await startGoogle({}, atEnd);
  return {
    folder,
    installed,
    google,
    calls: await helperCalls(installed.helper, google, folder),
    node: { name: '`node -e 0`', file: process.execPath, args: ['-e', '0'], env: {} },
    gcloud: await realGcloud(google.endpoint, folder, path),
    pass: await passHelper(join(folder, 'pass'), path, atEnd),
  };
}
