import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealGcloud } from '../../test/support/gcloud/real-gcloud.ts';
import type { Google } from '../../test/support/google/google.ts';
import { type Contestant, runOnce } from './contestant.ts';

/** The helper calls to measure. */
export interface HelperCalls {
  /** Answered from the cache. */
  readonly warm: Contestant;
  /** Answered by Google for a service account key, without a cache. */
  readonly cold: Contestant;
  /** Answered by Google for a new account, whose token is cached. */
  first(): Promise<Contestant>;
  /** Answered by gcloud, without a cache. */
  coldBy(gcloud: RealGcloud): Contestant;
}

/** Prepares calls of the helper at `file` for users whose home folders are in `folder`. */
export async function helperCalls(file: string, google: Google, folder: string): Promise<HelperCalls> {
  let users = 0;
  const keyfile = { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: await google.keyfile() };
  const newHome = async () => {
    const HOME = join(folder, `user-${++users}`);
    await mkdir(HOME, { mode: 0o700 });
    return { HOME, PATH: '/usr/bin:/bin' };
  };
  const get = (name: string, env: Readonly<Record<string, string>>): Contestant => ({
    name,
    file,
    args: ['get'],
    input: 'gcr.io',
    env,
    prints: /^\{"ServerURL":"gcr.io","Username":"oauth2accesstoken","Secret":".+"\}\n$/,
  });
  const home = { ...(await newHome()), ...keyfile };
  await runOnce(get('the get that fills the cache', { ...home, ...google.env }));
  return {
    warm: get('warm get', home), // with no way to Google in its environment
    cold: get('cold get, by key', { ...home, ...google.env, KINDGCR_CACHE: 'off' }),
    first: async () => get('first get', { ...(await newHome()), ...keyfile, ...google.env }),
    coldBy: ({ env }) => get('cold get, by gcloud', { HOME: home.HOME, ...env, KINDGCR_CACHE: 'off' }),
  };
}
