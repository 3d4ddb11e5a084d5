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

/** Milliseconds: longer than fetching a token and waiting for the kubelet to become healthy. */
const LOCK_PATIENCE = 120_000;

interface CommandOptions {
  readonly signal?: AbortSignal;
}

/** Reconciles once and returns the status. Throws when the credentials are not valid afterwards, or the kubelet could not be restarted. */
export async function once(
  world: World,
  { restart, signal }: CommandOptions & { restart: boolean },
): Promise<StatusReport> {
  const work = () => reconcile(world, { insist: true, restart, signal });
  const result = await whileLocked(world.layout, 'reconcile', { patience: LOCK_PATIENCE, signal }, work);
  signal?.throwIfAborted();
  return await mustBeValid(world, result);
}

/** Stores the logins that the host sends and applies them. Returns what to print. Throws as `once` does, and for a bad message. */
export async function receive(
  world: World,
  input: Readable,
  { json, signal }: CommandOptions & { json: boolean },
): Promise<string> {
  world.log.debug('reading logins from stdin');
  const text = await readLoginsMessage(input, signal);
  const received = parseLoginsMessage(text, await readAgentConfig(world.layout.agentConfig), world.now());
  const work = () => reconcile(world, { received, signal });
  const result = await whileLocked(world.layout, 'reconcile', { patience: LOCK_PATIENCE, signal }, work);
  signal?.throwIfAborted();
  const status = await mustBeValid(world, result);
  if (json) return `${JSON.stringify(status, undefined, 2)}\n`;
  return `credentials for ${status.registries.join(', ')} until ${status.expiresAt}${kubeletPart(result)}\n`;
}

/** Removes all our entries from `config.json` and returns what to print. Throws BUSY while the daemon runs. */
export async function withdraw(layout: NodeLayout): Promise<string> {
  // A running daemon would write the entries back at its next tick.
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
  removed: "was removed: it held only kindgcr's credentials",
  restored: "no longer holds kindgcr's credentials; the entries that they had replaced are restored",
  untouched: 'holds no credentials of kindgcr',
} as const;

/** Failures that matter only once the previous credentials have expired. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set([
  'CREDENTIAL_NOT_FOUND',
  'CREDENTIAL_INVALID',
  'TOKEN_EXCHANGE_FAILED',
]);

/** Returns the status when pulls can work, and logs other failures as warnings. Otherwise throws the failure. */
async function mustBeValid({ layout, log, now }: World, { failures, state }: ReconcileResult): Promise<StatusReport> {
  const status = await statusReport(layout, now());
  const isFatal = (failure: unknown) =>
    status.credentials !== 'valid' || !(failure instanceof KindGcrError) || !TEMPORARY.has(failure.code);
  const fatal = failures.find(isFatal);
  for (const failure of failures) if (failure !== fatal) log.warn(errorMessage(failure));
  if (fatal !== undefined) throw fatal;
  if (status.credentials === 'valid') return status;
  throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'this node has no valid credentials', {
    hint:
      state.leaveAloneUntil === null
        ? 'See why: journalctl -u kindgcr-agent.service -n 20'
        : `The kubelet failed to start with the new config.json, so the agent leaves the file alone until ${state.leaveAloneUntil}. See why: journalctl -u kubelet.service`,
  });
}

function kubeletPart({ settled, state }: ReconcileResult): string {
  if (settled === 'done') return `; kubelet restarted: ${state.restarts.lastReason}`;
  if (settled === 'waits') return `; kubelet restart pending: ${state.restarts.pending}`;
  return '';
}
