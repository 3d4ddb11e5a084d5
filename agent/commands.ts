import type { Readable } from 'node:stream';
import { type ErrorCode, errorMessage, KindGcrError } from '../core/errors.ts';
import type { NodeLayout } from '../core/node/layout.ts';
import type { StatusReport } from '../core/node/status-report.ts';
import { forget, withdrawCredentials } from './docker-config/withdraw.ts';
import { readAgentConfig } from './files/agent-config.ts';
import { readState } from './files/state.ts';
import { parseLoginsMessage, readLoginsMessage } from './logins/received-logins.ts';
import { whileLocked } from './node-lock.ts';
import { type ReconcileResult, reconcile } from './reconcile/reconcile.ts';
import { statusReport } from './status.ts';
import type { World } from './world.ts';

/** Milliseconds: longer than it takes to wait for a token and for a kubelet's health. */
const LOCK_PATIENCE = 120_000;

interface CommandOptions {
  readonly signal?: AbortSignal;
}

/** One pass. Throws when the credentials are not valid afterwards, or the kubelet could not be told. */
export async function once(world: World, { restart, signal }: CommandOptions & { restart: boolean }): Promise<void> {
  const work = () => reconcile(world, { insist: true, restart, signal });
  const result = await whileLocked(world.layout, 'reconcile', { patience: LOCK_PATIENCE, signal }, work);
  signal?.throwIfAborted();
  await mustBeValid(world, result);
}

/** Takes in what the host hands over, and returns what to print. Throws as `once` does, and for a bad handover. */
export async function receive(
  world: World,
  input: Readable,
  { json, signal }: CommandOptions & { json: boolean },
): Promise<string> {
  world.log.debug('waiting for a handover on stdin');
  const text = await readLoginsMessage(input, signal);
  const received = parseLoginsMessage(text, await readAgentConfig(world.layout.agentConfig), world.now());
  const work = () => reconcile(world, { received, signal });
  const result = await whileLocked(world.layout, 'reconcile', { patience: LOCK_PATIENCE, signal }, work);
  signal?.throwIfAborted();
  const status = await mustBeValid(world, result);
  if (json) return `${JSON.stringify(status, undefined, 2)}\n`;
  return `credentials for ${status.registries.join(', ')} until ${status.expiresAt}${kubeletPart(result)}\n`;
}

/** Takes everything of ours out of `config.json` again, and returns what to print. Throws BUSY while the daemon runs. */
export async function withdraw(layout: NodeLayout): Promise<string> {
  // A running daemon would write it all again at its next tick.
  return whileLocked(layout, 'daemon', { patience: 0 }, () =>
    whileLocked(layout, 'reconcile', { patience: LOCK_PATIENCE }, async () => {
      const state = await readState(layout.state);
      const withdrawal = await withdrawCredentials(layout, state);
      await forget(layout);
      return `${layout.kubeletDockerConfig} ${WITHDRAWN[withdrawal]}\n`;
    }),
  );
}

const WITHDRAWN = {
  removed: 'was removed: nothing but our credentials was in it',
  restored: 'is without our credentials, and has back what they stood in for',
  untouched: 'holds nothing of ours',
} as const;

/** Failures that matter only when the credentials of before have ended. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'CREDENTIAL_NOT_FOUND',
  'CREDENTIAL_INVALID',
  'TOKEN_EXCHANGE_FAILED',
]);

/** The status, when pulls can work; else throws what went wrong. What went wrong beside that is told as a warning. */
async function mustBeValid({ layout, log, now }: World, { failures, state }: ReconcileResult): Promise<StatusReport> {
  const status = await statusReport(layout, now());
  const isGrave = (failure: unknown) =>
    status.credentials !== 'valid' || !(failure instanceof KindGcrError) || !PASSING.has(failure.code);
  const grave = failures.find(isGrave);
  for (const failure of failures) if (failure !== grave) log.warn(errorMessage(failure));
  if (grave !== undefined) throw grave;
  if (status.credentials === 'valid') return status;
  throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'this node has no valid credentials', {
    hint:
      state.leaveAloneUntil === null
        ? 'See why: journalctl -u kindgcr-agent.service -n 20'
        : `config.json is not written before ${state.leaveAloneUntil}, since the kubelet did not start with it. See why: journalctl -u kubelet.service`,
  });
}

function kubeletPart({ settled, state }: ReconcileResult): string {
  if (settled === 'done') return `; kubelet restarted: ${state.restarts.lastReason}`;
  if (settled === 'waits') return `; a restart of the kubelet waits: ${state.restarts.pending}`;
  return '';
}
