import { expect, test } from 'vitest';
import type { StatusReport } from '../../../core/node/status-report.ts';
import { VERSION } from '../../../core/version.ts';
import { isOlder } from '../../../installer/inspect/agent-version.ts';
import type { NodeState } from '../../../installer/inspect/cluster-state.ts';
import { statusTable } from '../../../installer/inspect/status-table.ts';

const NOW = new Date(2031, 4, 6, 13, 33); // local, as it is shown

const AGENT: StatusReport = {
  version: VERSION,
  credentials: 'valid',
  source: 'host',
  account: 'dev@example.com',
  pullOnly: false,
  registries: ['gcr.io'],
  expiresAt: new Date(2031, 4, 6, 14, 32).toISOString(),
  nextRenewalAt: null,
  lastSuccessAt: new Date(2031, 4, 6, 13, 32).toISOString(),
  lastFailure: null,
  failures: 0,
  kubeletRestarts: { count: 1, lastAt: null, lastReason: null, pending: null },
};

function node(name: string, agent: Partial<StatusReport> = {}): NodeState {
  const rest = { isAtWork: true, instead: null, mountedUntil: null, trouble: null } as const;
  return { name, state: 'running', agent: { ...AGENT, ...agent }, ...rest };
}

const table = (...nodes: NodeState[]) => statusTable([{ name: 'dev', state: 'running', nodes }], NOW);

test('status says until when by the local clock, and whose token the nodes hold, in 80 columns', () => {
  const shown = table(node('dev-control-plane'), node('dev-worker'));
  expect(shown).toMatch(/^dev +dev-worker +\S+ +until 14:32 \(59 min\) +60 s ago|1 min ago/m);
  expect(shown).toContain('"dev": holds your own token, of dev@example.com\n');
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('status marks nodes that hold a pull-only token', () => {
  const account = 'service account ci@demo.iam.gserviceaccount.com';
  const shown = table(node('dev-control-plane', { pullOnly: true, account }), node('dev-worker'));
  expect(shown).toContain(`dev-control-plane: holds a pull-only token, of ${account}\n`);
  expect(shown).toContain('dev-worker: holds your own token, of dev@example.com\n');
  expect(table(node('dev-worker', { pullOnly: null }))).not.toContain('holds');
});

test('a token that expires tomorrow is shown with its date', () => {
  const expiresAt = new Date(2031, 4, 7, 0, 12).toISOString();
  expect(table(node('dev-worker', { expiresAt }))).toContain('until 2031-05-07 00:12 (10 h)');
});

test('an agent older than this kindgcr is marked, with the command that updates it', () => {
  const shown = table(node('dev-control-plane', { version: '0.0.9' }), node('dev-worker'));
  expect(shown).toMatch(/^dev +dev-control-plane +0\.0\.9 old /m);
  expect(shown).toContain(
    `dev-control-plane: the agent is older than kindgcr ${VERSION}; update it: kindgcr install --name dev\n`,
  );
});

test.each([
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.2.0', true],
  ['0.9.0', '0.10.0', true],
  ['1.0.0', '0.10.0', false],
  ['dev', '0.1.0', false],
])('agent %s beside kindgcr %s: older %s', (agent, kindgcr, older) => {
  expect(isOlder(agent, kindgcr)).toBe(older);
});
