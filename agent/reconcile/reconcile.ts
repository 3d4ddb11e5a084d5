import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { AgentConfig, RestartPolicy } from '../../core/node/agent-config.ts';
import type { LoginsMessage } from '../../core/node/logins-message.ts';
import { GOOGLE_OWNER } from '../../core/registry/registry-login.ts';
import { withdrawCredentials } from '../docker-config/withdraw.ts';
import { readAgentConfig } from '../files/agent-config.ts';
import { loadState, type State, writeState } from '../files/state.ts';
import { type Settlement, settleRestart, unhealthyFailure } from '../kubelet/restart.ts';
import { resumeReason } from '../kubelet/restart-rule.ts';
import { type RenewedLogins, renewLogins, withSuccess } from '../logins/renew.ts';
import { loadLogins, withNewLogins, writeLogins } from '../logins/store.ts';
import type { World } from '../world.ts';
import { missingFromHost, withFailure } from './failures.ts';
import { takeOverFirstCredentials } from './first-credentials.ts';
import { isLeftAlone, leavingAlone, rollBack } from './rollback.ts';
import { type Memory, type Written, writeCredentials } from './write-credentials.ts';

/** What changes one reconcile. */
export interface ReconcileOptions {
  /** What the host has sent. */
  readonly received?: Pick<LoginsMessage, 'logins' | 'owners'>;
  /** Asks the source even while backing off after failures. */
  readonly insist?: boolean;
  /** False: the kubelet is not restarted, now or later, for what is written. */
  readonly restart?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly memory?: Memory;
}

/** The outcome of a reconcile. */
export interface ReconcileResult {
  readonly wrote: Written['wrote'];
  readonly settled: Settlement['settled'];
  readonly state: State;
  /** All failures; valid credentials may be in place nevertheless. */
  readonly failures: readonly unknown[];
}

/**
 * Renews logins that are due, writes them to `config.json` and restarts the kubelet where that helps. Only one process may
 * do this at a time. Rejects when the agent's own files can't be written; other failures are in the result.
 */
export async function reconcile(world: World, options: ReconcileOptions = {}): Promise<ReconcileResult> {
  const { layout, log } = world;
  const { received, insist = false, signal } = options;
  const failures: unknown[] = [];
  const remembered = await loadState(layout.state, log);
  const first = await takeOverFirstCredentials(layout, remembered);
  const stored = await loadLogins(layout.logins, log);

  const config = await readAgentConfig(layout.agentConfig).catch((error: unknown) => void failures.push(error));
  const known: RenewedLogins = { logins: stored, state: first };
  const current = received === undefined ? known : await storeReceived(world, known, received, config);
  const renewed = config === undefined ? current : await renewLogins(world, config, current, { insist, signal });
  if (renewed.failure !== undefined) failures.push(renewed.failure);

  const applied = await apply(world, renewed, config, options);
  failures.push(...applied.failures);
  const state = withFailure(applied.state, failures, remembered, world.now());
  if (!isDeepStrictEqual(state, remembered)) await writeState(layout.state, state);
  if (first !== remembered) await rm(layout.firstCredentials, { force: true });
  log.debug('reconciled', { wrote: applied.wrote, restart: applied.settled, failures: failures.length });
  return { ...applied, state, failures };
}

async function storeReceived(
  world: World,
  { logins, state }: RenewedLogins,
  { logins: fresh, owners: sent }: Pick<LoginsMessage, 'logins' | 'owners'>,
  config: AgentConfig | undefined,
): Promise<RenewedLogins> {
  const now = world.now();
  const mints = config?.source === 'keyfile';
  const owners = sent === undefined ? state.owners : [...sent, ...(mints ? [GOOGLE_OWNER] : [])];
  const stored = withNewLogins(logins, fresh, { now, random: world.random }).filter(
    ({ login }) => owners === null || owners.includes(login.owner),
  );
  await writeLogins(world.layout.logins, stored);
  // For a node with its own key, logins from the host say nothing about the health of that key.
  const next = mints ? state : { ...withSuccess(state, now), account: null };
  return { logins: stored, state: { ...next, owners, leaveAloneUntil: null } };
}

/** Applies the logins to the kubelet: writes config.json and restarts it where that helps. */
async function apply(
  world: World,
  { logins, state }: RenewedLogins,
  config: AgentConfig | undefined,
  { restart = true, signal, memory = {} }: ReconcileOptions,
): Promise<ReconcileResult> {
  const policy: RestartPolicy = restart ? (config?.restart ?? 'when-needed') : 'never';
  if (config?.delivery === 'credential-provider') return await applyToPlugin(world, { logins, state }, config);
  const usable = isLeftAlone(state, world.now()) ? [] : logins.map(({ login }) => login);
  let written: Written;
  try {
    written = await writeCredentials(world, state, usable, policy, memory);
  } catch (failure) {
    return { wrote: 'nothing', settled: 'none', state, failures: [failure] };
  }
  const waiting = config && missingFromHost(config, logins, written, state, world.now());
  const failures: unknown[] = waiting === undefined ? [] : [waiting];
  if (!restart) return { wrote: written.wrote, settled: 'none', state: written.state, failures };

  const settlement = await settleRestart(world, await withResume(world, written.state, policy), policy, signal);
  if (settlement.failure !== undefined) failures.push(settlement.failure);
  const { settled } = settlement;
  if (settled !== 'unhealthy') return { wrote: written.wrote, settled, state: settlement.state, failures };
  failures.push(unhealthyFailure());
  const alone = leavingAlone(settlement.state, world.now());
  const rolledBack = await rollBack(world, alone, written, signal).catch((failure: unknown) => {
    failures.push(failure);
    return alone;
  });
  return { wrote: written.wrote, settled, state: rolledBack, failures };
}

/** The kubelet asks the agent for each pull, so config.json needs no entries; those of earlier runs are removed. */
async function applyToPlugin(
  world: World,
  { logins, state }: RenewedLogins,
  config: AgentConfig,
): Promise<ReconcileResult> {
  const done = { wrote: 'nothing', settled: 'none' } as const;
  try {
    const withdrawal = await withdrawCredentials(world.layout, state);
    const without =
      withdrawal === 'untouched'
        ? state
        : { ...state, displaced: {}, before: null, lastWrite: null, restarts: { ...state.restarts, pending: null } };
    const waiting = missingFromHost(config, logins, { own: new Map() }, state, world.now());
    return { ...done, state: without, failures: waiting === undefined ? [] : [waiting] };
  } catch (failure) {
    return { ...done, state, failures: [failure] };
  }
}

/** The state with a restart pending where credentials expired while the kubelet's clock stood still. */
async function withResume({ awake, now }: World, state: State, policy: RestartPolicy): Promise<State> {
  const { lastWrite, restarts } = state;
  if (lastWrite === null || lastWrite.replacedEndsAt === null || restarts.pending !== null) return state;
  if (lastWrite.boot !== (await awake.boot())) return state;
  const ended = { awake: lastWrite.awake, replacedEndsAt: new Date(lastWrite.replacedEndsAt) };
  const reason = resumeReason(policy, ended, now(), awake.now());
  return reason === undefined ? state : { ...state, restarts: { ...restarts, pending: reason } };
}
