import { expect, test } from 'vitest';
import { PULL_SCOPES } from '../../../../core/google/scopes.ts';
import type { StatusReport } from '../../../../core/node/status-report.ts';
import type { NodeFacts } from '../../../../installer/ways/agent/inspect-node.ts';
import { type AgentSetup, putAgent } from '../../../../installer/ways/agent/put-agent.ts';
import { scriptedNode } from '../../../support/docker/scripted-node.ts';

const SETUP: AgentSetup = {
  executable: { path: '/opt/kindgcr/kindgcr-agent-linux-x64', digest: 'abc' },
  config: { version: 1, source: 'keyfile', scopes: [...PULL_SCOPES], restart: 'when-needed' },
  key: '{}',
  logins: [],
  owners: ['google'],
  first: [],
};

/** A node that has all of it already. */
const FACTS: NodeFacts = {
  machine: 'x86_64',
  hasAgent: true,
  isAtWork: true,
  agentDigest: 'abc',
  hasPlugin: false,
  gotFirstCredentials: false,
  isUpToDate: () => true,
  instead: undefined,
};

test('an agent that waits an hour after failures is asked to try at once, and its service starts anew', async () => {
  const asked: string[] = [];
  const status = (): StatusReport => {
    const isWell = asked.some((command) => command.endsWith('kindgcr-agent once'));
    return {
      version: '0.1.0',
      credentials: isWell ? 'valid' : 'none',
      source: 'keyfile',
      account: null,
      registries: [],
      expiresAt: null,
      nextRenewalAt: null,
      lastSuccessAt: isWell ? '2031-05-06T12:00:00.000Z' : null,
      lastFailure: null,
      failures: isWell ? 0 : 9,
      kubeletRestarts: { count: 0, lastAt: null, lastReason: null, pending: null },
    };
  };
  const node = scriptedNode(async (args) => {
    asked.push(args.join(' '));
    return args[1] === 'status' ? JSON.stringify(status()) : '';
  });
  const attendance = { signal: AbortSignal.timeout(10_000), step: () => {} };
  expect(
    await putAgent(node, SETUP, attendance, { facts: FACTS, proceed: () => expect.fail('it needs nothing') }),
  ).toMatchObject({ credentials: 'valid', failures: 0 });
  expect(asked).toContain('systemctl restart kindgcr-agent.service');
});
