import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NEVER } from '../../../core/registry/registry-login.ts';
import type { ClusterState } from '../../../installer/inspect/cluster-state.ts';
import { registryStates, registryTable } from '../../../installer/inspect/registry-table.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const NOW = new Date('2026-05-04T12:00:00Z');
const SOON = '2026-05-04T12:30:00Z';
const LATER = '2026-05-04T13:00:00Z';

/** Clusters of one node each, by what the agents hold. */
function clustersWith(...held: { owner: string; username: string; expiresAt?: string }[][]): ClusterState[] {
  return held.map((logins, index) => ({
    name: `c${index}`,
    nodes: [{ name: `c${index}-control-plane`, agent: { logins } }],
  })) as unknown as ClusterState[];
}

async function userWith(config: object) {
  const home = await tempDir();
  await mkdir(join(home, '.docker'));
  await writeFile(join(home, '.docker', 'config.json'), JSON.stringify(config));
  return { env: { HOME: home, PATH: '' }, platform: 'linux' as const };
}

test('each registry once over all clusters, with the earliest expiry, and where Docker has it', async () => {
  const user = await userWith({ credHelpers: { 'ghcr.io': 'pass' } });
  const clusters = clustersWith(
    [
      { owner: 'google', username: 'oauth2accesstoken', expiresAt: SOON },
      { owner: 'docker:ghcr.io', username: 'ada', expiresAt: LATER },
    ],
    [
      { owner: 'docker:ghcr.io', username: 'ada', expiresAt: SOON },
      { owner: 'docker:quay.io', username: 'robot', expiresAt: NEVER },
    ],
  );
  const states = await registryStates(clusters, user);
  expect(states).toEqual([
    {
      registry: 'ghcr.io',
      account: 'ada',
      expiresAt: SOON,
      from: 'docker-credential-pass',
      nodes: ['c0-control-plane', 'c1-control-plane'],
    },
    { registry: 'quay.io', account: 'robot', expiresAt: null, from: null, nodes: ['c1-control-plane'] },
  ]);
  expect(registryTable(states, NOW)).toBe(`REGISTRY  ACCOUNT  EXPIRES    FROM                    NODES
ghcr.io   ada      in 30 min  docker-credential-pass  2
quay.io   robot    unknown    no longer in Docker     1

`);
});

test('no logins of Docker: no table', async () => {
  const user = await userWith({});
  expect(registryTable(await registryStates(clustersWith([]), user), NOW)).toBe('');
});
