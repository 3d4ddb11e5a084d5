import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { realGcloud } from '../support/gcloud/real-gcloud.ts';
import type { LabServices } from '../support/lab/lab-services.ts';
import type { LabFacts } from '../support/lab/lab-world.ts';
import { REPOSITORY, run } from '../support/run/run.ts';
import type { UserOptions } from './user.ts';

/**
 * What a user needs to be logged in with gcloud: the real one where it is installed, sent to the lab's token endpoint;
 * else the recorded stand-in, in front on PATH.
 */
export async function gcloudIn({ env }: LabFacts, services: LabServices): Promise<UserOptions> {
  const folder = await mkdtemp(join(tmpdir(), 'kindgcr-gcloud-'));
  // The token endpoint listens inside the lab, so gcloud logs in from there.
  const login = await realGcloud(services, folder, await labPath(join(folder, 'bin'), folder, env.PATH ?? '', env));
  if (!('reason' in login)) return { extra: { CLOUDSDK_CONFIG: login.env.CLOUDSDK_CONFIG }, folders: [folder] };
  const user = await services.authorizedUser();
  const standIn = await writeGcloud(folder, {
    google: { loopbackUrl: services.loopbackUrl, authorizedUser: () => user },
  });
  return { path: [standIn.dir], folders: [folder] };
}

/** A PATH on which the real gcloud, where there is one, runs inside the lab. */
async function labPath(folder: string, home: string, path: string, env: LabFacts['env']): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'command -v gcloud || true'], { env: { PATH: path } });
  const real = stdout.trim();
  if (real === '') return path;
  await mkdir(folder);
  const lab = join(REPOSITORY, 'test/lab/lab');
  const shim = `#!/bin/sh\nHOME='${home}' KINDGCR_LAB='${env.KINDGCR_LAB}' exec '${lab}' exec '${real}' "$@"\n`;
  await writeFile(join(folder, 'gcloud'), shim);
  await chmod(join(folder, 'gcloud'), 0o755);
  return `${folder}:${path}`;
}
