import type { RestartPolicy } from '../../core/node/agent-config.ts';
import { formatDockerConfig, type JsonObject } from '../../core/registry/docker-config.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { mergeLogins, type OwnEntry, ownEntries } from '../docker-config/entries.ts';
import {
  closeKubeletFile,
  type KubeletFile,
  readKubeletFile,
  recoverKubeletFile,
  writeKubeletFile,
} from '../docker-config/file.ts';
import { parseConfigText } from '../docker-config/text.ts';
import { withdrawCredentials } from '../docker-config/withdraw.ts';
import { type State, writeState } from '../files/state.ts';
import { KUBELET_CACHE, type Rewrite, restartReason } from '../kubelet/restart-rule.ts';
import type { World } from '../world.ts';
import { keepRefused, withNothingOfOurs } from './previous-file.ts';

/** What one process remembers between reconciles and needs no file for. */
export interface Memory {
  /** When our entries were last seen in the file, in awake milliseconds. */
  sawOwnAt?: number;
}

/** Awake milliseconds, four ticks: entries missing for less were hardly noticed by the kubelet. */
const MOMENTS = 60_000;

/** What was done to `config.json`. */
export interface Written {
  readonly state: State;
  readonly wrote: 'credentials' | 'removal' | 'nothing';
  /** The file before it was written. */
  readonly previous: KubeletFile | undefined;
  /** Our entries in the file now, by registry key. */
  readonly own: ReadonlyMap<string, OwnEntry>;
}

type FileWorld = Pick<World, 'layout' | 'log' | 'now' | 'awake'>;

/** Updates `config.json` to match the logins, and records in the state whether the kubelet needs a restart for it. */
export async function writeCredentials(
  world: FileWorld,
  state: State,
  logins: readonly RegistryLogin[],
  policy: RestartPolicy,
  memory: Memory,
): Promise<Written> {
  const { sawOwnAt } = memory;
  const seenMomentsAgo = sawOwnAt !== undefined && world.awake.now() - sawOwnAt < MOMENTS;
  const written = await bringToOrder(world, state, logins, { policy, seenMomentsAgo });
  if (written.own.size > 0) memory.sawOwnAt = world.awake.now();
  else delete memory.sawOwnAt; // we removed them, so they aren't missing
  return written;
}

/** What decides on a restart besides the entries themselves. */
interface Circumstances extends Pick<Rewrite, 'seenMomentsAgo'> {
  readonly policy: RestartPolicy;
}

async function bringToOrder(
  world: FileWorld,
  state: State,
  logins: readonly RegistryLogin[],
  circumstances: Circumstances,
): Promise<Written> {
  const path = world.layout.kubeletDockerConfig;
  const wasInterrupted = await recoverKubeletFile(path);
  const previous = await readKubeletFile(path);
  const { usable: config, refusedFor } = parseConfigText(previous?.text);
  const before = ownEntries(config);
  const base = before.size === 0 ? withNothingOfOurs(state, previous) : state;
  const merged = mergeLogins({ config, displaced: base.displaced }, logins, world.now(), state.owners);
  const own = ownEntries(merged.config);
  if (own.size === 0 && before.size === 0) return { state, wrote: 'nothing', previous, own };
  if (own.size === 0) {
    const next = await takeOut(world, state, before, circumstances);
    return { state: next, wrote: 'removal', previous, own };
  }
  if (refusedFor === undefined && formatDockerConfig(merged.config) === formatDockerConfig(config)) {
    if (previous !== undefined && (previous.mode & 0o077) !== 0) await closeKubeletFile(path);
    return { state, wrote: 'nothing', previous, own };
  }
  const next = await keepRefused(world, { ...base, displaced: merged.displaced }, previous, refusedFor);
  const foundNothing = refusedFor !== undefined || wasInterrupted; // the kubelet, if it has read the file
  const held = foundNothing ? new Map<string, OwnEntry>() : before;
  const written = await putIn(world, next, merged.config, { ...circumstances, before: held, after: own });
  return { ...written, previous, own };
}

/**
 * Writes our entries. The state is written first, so that a crash loses neither displaced entries nor a restart that is
 * needed.
 */
async function putIn(
  world: FileWorld,
  state: State,
  config: JsonObject,
  rewrite: Rewrite & Circumstances,
): Promise<Pick<Written, 'state' | 'wrote'>> {
  const { before, after } = rewrite;
  const path = world.layout.kubeletDockerConfig;
  const hasFresh = [...after].some(([key, entry]) => before.get(key)?.auth !== entry.auth);
  const lastWrite = hasFresh ? await lastWriteAfter(world, state, before) : state.lastWrite;
  const planned = { ...withRestartFor(state, rewrite, world.now()), lastWrite };
  await writeState(world.layout.state, planned);
  try {
    await writeKubeletFile(path, formatDockerConfig(config));
  } catch (error) {
    await writeState(world.layout.state, state).catch(() => {}); // nothing was written, so no restart is needed
    throw error;
  }
  if (!hasFresh) {
    world.log.warn('removed expired credentials', { path });
    return { state: planned, wrote: 'removal' };
  }
  world.log.info('wrote credentials for the kubelet', { path, registries: [...after.keys()].join(',') });
  const written = { ...planned, lastWrite: lastWrite && { ...lastWrite, awake: world.awake.now() } };
  return { state: written, wrote: 'credentials' };
}

/** Removes the last of our entries, leaving the file as it was before the agent. */
async function takeOut(
  world: FileWorld,
  state: State,
  before: Rewrite['before'],
  circumstances: Circumstances,
): Promise<State> {
  await withdrawCredentials(world.layout, state);
  const path = world.layout.kubeletDockerConfig;
  world.log.warn('removed expired credentials', { path, registries: [...before.keys()].join(',') });
  const rewrite = { ...circumstances, before, after: new Map<string, OwnEntry>() };
  return withRestartFor({ ...state, displaced: {}, before: null }, rewrite, world.now());
}

function withRestartFor(state: State, rewrite: Rewrite & Circumstances, now: Date): State {
  const reason = restartReason(rewrite.policy, rewrite, now);
  return reason === undefined ? state : { ...state, restarts: { ...state.restarts, pending: reason } };
}

/** The kubelet may hold what this write replaces, or what an earlier write within its cache lifetime replaced. */
async function lastWriteAfter(
  { awake, now }: FileWorld,
  { lastWrite }: State,
  before: ReadonlyMap<string, OwnEntry>,
): Promise<NonNullable<State['lastWrite']>> {
  const boot = await awake.boot();
  const isRecent = lastWrite !== null && lastWrite.boot === boot && awake.now() - lastWrite.awake < KUBELET_CACHE;
  const ends = [...before.values()].map(({ expiresAt }) => expiresAt).filter((end) => end > now());
  if (isRecent && lastWrite.replacedEndsAt !== null) ends.push(new Date(lastWrite.replacedEndsAt));
  const first = ends.toSorted((a, b) => a.getTime() - b.getTime())[0];
  return { boot, awake: awake.now(), replacedEndsAt: first?.toISOString() ?? null };
}
