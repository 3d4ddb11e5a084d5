import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PULL_SCOPES } from '../../../core/google/scopes.ts';
import { googleLogin } from '../../../core/registry/registry-login.ts';
import { clusterFolder } from '../../../installer/host/cluster-folder.ts';
import { layOutFirstCredentials } from '../../../installer/ways/first-start/first-credentials.ts';
import { mountedFolder } from '../../../installer/ways/mounted-config/folder.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const now = new Date('2031-05-06T12:00:00.000Z');
const login = googleLogin({ token: 'ya29.x', expiresAt: new Date('2031-05-06T13:00:00.000Z') });

test("a mounted config and the files of a first start don't remove each other, and the last takes the folder with it", async () => {
  const user = { env: { HOME: await tempDir() }, platform: 'linux' as const };
  const agent = join(await tempDir(), 'agent');
  await writeFile(agent, '');
  const folder = clusterFolder('dev', user);
  const mounted = mountedFolder('dev', user);
  await mounted.write(login, now);
  const first = await layOutFirstCredentials(
    'dev',
    {
      config: { version: 1, source: 'host', scopes: [...PULL_SCOPES], restart: 'when-needed' },
      key: undefined,
      logins: [login],
      first: [login],
      owners: [],
      agents: new Map([['x86_64', agent]]),
    },
    user,
  );
  await first.remove();
  expect((await readdir(folder.path)).sort()).toEqual(['docker', 'mounted.json']);
  await mkdir(join(folder.path, 'files'));
  await mounted.remove();
  expect(await readdir(folder.path)).toEqual(['files']);
  await first.remove();
  await expect(readdir(folder.path)).rejects.toThrow('ENOENT');
});
