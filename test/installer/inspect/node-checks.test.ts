import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KUBELET_KEYS } from '../../../core/registry/google-hosts.ts';
import { VERSION } from '../../../core/version.ts';
import type { CommandContext } from '../../../installer/context.ts';
import { clusterState } from '../../../installer/inspect/cluster-state.ts';
import { clusterChecks } from '../../../installer/inspect/node-checks.ts';
import { loginsMessage } from '../../agent/plain-node.ts';
import { addAgent, folderCluster } from '../../support/docker/folder-cluster.ts';
import type { FolderNode } from '../../support/docker/folder-node.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const HOUR = 3600;
const forGoogle = (life = HOUR) => loginsMessage('ya29.one', life, { registries: [...KUBELET_KEYS] });

/** A node after `prepare`: doctor's findings by what was checked, and its state as `kindgcr status` has it. */
async function inspected(prepare: (node: FolderNode) => Promise<unknown>, { ahead = 0 } = {}) {
  const { node, cluster } = await folderCluster();
  await prepare(node);
  const user = { env: { HOME: await tempDir() }, platform: process.platform };
  const context = { user, now: () => new Date(Date.now() + ahead) } as unknown as CommandContext;
  const findings = await clusterChecks(cluster, 'docker', context);
  const state = await clusterState('dev', cluster, user);
  return {
    findings: Object.fromEntries(
      findings.map(({ check, outcome, detail, hint }) => [check, { outcome, detail, hint }]),
    ),
    state,
  };
}

test('a node with a running agent and a valid login: nothing to do but to start the stopped node', async () => {
  const { findings, state } = await inspected((node) => addAgent(node, forGoogle()));
  expect(findings).toEqual({
    'dev-control-plane': { outcome: 'ok', detail: `the agent ${VERSION} is running` },
    'dev-control-plane kubelet': {
      outcome: 'ok',
      detail: expect.stringMatching(/^finds logins for all of Google's registries, valid until .* \((59|60) min\)/),
    },
    'dev-worker': { outcome: 'note', detail: 'is stopped', hint: 'Start it: docker start dev-worker' },
  });
  expect(state).toMatchObject({
    state: 'running',
    nodes: [
      { name: 'dev-control-plane', isAtWork: true, agent: { credentials: 'valid' }, instead: null, trouble: null },
      { name: 'dev-worker', state: 'stopped', agent: null },
    ],
  });
});

const INSTALL = 'kindgcr install --name dev';
const KUBELET = 'dev-control-plane kubelet';
test.each([
  ['without an agent', async () => {}, 'dev-control-plane', 'has no agent', INSTALL],
  [
    'whose agent is stopped',
    async (node: FolderNode) => {
      await addAgent(node, forGoogle());
      await rm(join(node.root, 'systemd/kindgcr-agent.service.active'));
    },
    'dev-control-plane',
    "the agent's service is not running",
    INSTALL,
  ],
  [
    'without a login',
    (node: FolderNode) => addAgent(node),
    KUBELET,
    /config\.json has no login for gcr\.io, /,
    INSTALL,
  ],
  [
    'whose login is for other registries',
    (node: FolderNode) =>
      addAgent(node, loginsMessage('t', HOUR, { registries: ['ghcr.io'], owner: 'docker:ghcr.io' })),
    KUBELET,
    "finds logins for ghcr.io, none for Google's registries",
    INSTALL,
  ],
  [
    'whose kubelet is stopped',
    async (node: FolderNode) => {
      await addAgent(node, forGoogle());
      await rm(join(node.root, 'systemd/kubelet.service.active'));
    },
    KUBELET,
    'the kubelet is not running',
    'docker exec dev-control-plane journalctl -u kubelet --no-pager -n 20',
  ],
])('doctor finds a node %s, with the next step', async (_, prepare, check, detail, hint) => {
  const { findings } = await inspected(prepare);
  expect(findings[check]).toMatchObject({ detail: expect.stringMatching(detail), hint });
  expect(findings[check]?.outcome).not.toBe('ok');
});

test("doctor finds a node's clock that differs from this machine's", async () => {
  const { findings } = await inspected((node) => addAgent(node, forGoogle()), { ahead: 10 * 60_000 });
  expect(findings['dev-control-plane clock']).toMatchObject({
    outcome: 'bad',
    detail: expect.stringMatching(/^is (9|10) min behind$/),
  });
});

test('a node that does not answer is reported as such, and does not hide the others', async () => {
  const { findings, state } = await inspected((node) =>
    node.write(join(node.root, 'stand-ins/sh'), '#!/bin/sh\necho broken >&2\nexit 1\n', 0o755),
  );
  expect(findings['dev-control-plane']).toMatchObject({ outcome: 'bad', hint: expect.stringContaining('journalctl') });
  expect(state.nodes.map(({ name, trouble }) => [name, trouble?.code])).toEqual([
    ['dev-control-plane', 'NODE_FAILED'],
    ['dev-worker', undefined],
  ]);
});
