import { isDeepStrictEqual } from 'node:util';
import type { AgentConfig, RestartPolicy } from '../../core/node/agent-config.ts';
import type { LoginsMessage } from '../../core/node/logins-message.ts';
import { withdrawCredentials } from '../docker-config/withdraw.ts';
import { readAgentConfig } from '../files/agent-config.ts';
import { type State, takeUpState, writeState } from '../files/state.ts';
import { type Settlement, settleRestart, unhealthyFailure } from '../kubelet/restart.ts';
import { resumeReason } from '../kubelet/restart-rule.ts';
import { MINTED_OWNER, type RenewedLogins, renewLogins, withSuccess } from '../logins/renew.ts';
import { takeUpLogins, withNewLogins, writeLogins } from '../logins/store.ts';
import type { World } from '../world.ts';
import { nothingHandedIn, withFailure } from './failures.ts';
import { isLeftAlone, leavingAlone, rollBack } from './rollback.ts';
import { type Memory, type Written, writeCredentials } from './write-credentials.ts';

/** What one pass is asked to do beside the usual. */
export interface ReconcileOptions {
  /** What the host has sent. */
  readonly received?: Pick<LoginsMessage, 'logins' | 'owners'>;
  /** Asks the source also where it would wait after failures. */
  readonly insist?: boolean;
  /** False: the kubelet is not restarted, and what is written leaves no restart for later. */
  readonly restart?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly memory?: Memory;
}

/** What came of a pass. */
export interface ReconcileResult {
  readonly wrote: Written['wrote'];
  readonly settled: Settlement['settled'];
  readonly state: State;
  /** All that went wrong; credentials that are alive may be in place nevertheless. */
  readonly failures: readonly unknown[];
}

/**
 * One look at everything: renews what is due, brings `config.json` to it, restarts the kubelet where that helps. Only one
 * process may do this at a time. Rejects when the agent's own files can't be written; all else is in `failures`.
 */
export async function reconcile(world: World, options: ReconcileOptions = {}): Promise<ReconcileResult> {
  const { layout, log } = world;
  const { received, insist = false, signal } = options;
  const failures: unknown[] = [];
  const remembered = await takeUpState(layout.state, log);
  const stored = await takeUpLogins(layout.logins, log);

  const config = await readAgentConfig(layout.agentConfig).catch((error: unknown) => void failures.push(error));
  const known: RenewedLogins = { logins: stored, state: remembered };
  const taken = received === undefined ? known : await takeIn(world, known, received, config);
  const renewed = config === undefined ? taken : await renewLogins(world, config, taken, { insist, signal });
  if (renewed.failure !== undefined) failures.push(renewed.failure);

  const applied = await apply(world, renewed, config, options);
  failures.push(...applied.failures);
  const state = withFailure(applied.state, failures, remembered, world.now());
  if (!isDeepStrictEqual(state, remembered)) await writeState(layout.state, state);
  log.debug('looked at everything', { wrote: applied.wrote, restart: applied.settled, failures: failures.length });
  return { ...applied, state, failures };
}

async function takeIn(
  world: World,
  { logins, state }: RenewedLogins,
  { logins: fresh, owners: sent }: Pick<LoginsMessage, 'logins' | 'owners'>,
  config: AgentConfig | undefined,
): Promise<RenewedLogins> {
  const now = world.now();
  const mints = config?.source === 'keyfile';
  const owners = sent === undefined ? state.owners : [...sent, ...(mints ? [MINTED_OWNER] : [])];
  const stored = withNewLogins(logins, fresh, { now, random: world.random }).filter(
    ({ login }) => owners === null || owners.includes(login.owner),
  );
  await writeLogins(world.layout.logins, stored);
  // What the host sends to a node that mints says nothing about the node's own credential.
  const next = mints ? state : { ...withSuccess(state, now), account: null };
  return { logins: stored, state: { ...next, owners, leaveAloneUntil: null } };
}

/** From the logins to the kubelet. */
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
  const waiting = config && nothingHandedIn(config, logins, written, state, world.now());
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

/** Where the kubelet asks for each pull, nothing is written for it, and what once was is taken out again. */
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
    const waiting = nothingHandedIn(config, logins, { own: new Map() }, state, world.now());
    return { ...done, state: without, failures: waiting === undefined ? [] : [waiting] };
  } catch (failure) {
    return { ...done, state, failures: [failure] };
  }
}

/** The state with a restart for credentials that ended while the kubelet's clock stood still. */
async function withResume({ awake, now }: World, state: State, policy: RestartPolicy): Promise<State> {
  const { lastWrite, restarts } = state;
  if (lastWrite === null || lastWrite.replacedEndsAt === null || restarts.pending !== null) return state;
  if (lastWrite.boot !== (await awake.boot())) return state;
  const ended = { awake: lastWrite.awake, replacedEndsAt: new Date(lastWrite.replacedEndsAt) };
  const reason = resumeReason(policy, ended, now(), awake.now());
  return reason === undefined ? state : { ...state, restarts: { ...restarts, pending: reason } };
}
