import { isUtf8 } from 'node:buffer';
import type { RestartPolicy } from '../../core/node/agent-config.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatDockerConfig, type JsonObject } from '../../core/registry/docker-config.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { mergeLogins, type OwnEntry, ownEntries } from '../docker-config/entries.ts';
import {
  closeKubeletFile,
  healKubeletFile,
  type KubeletFile,
  readKubeletFile,
  setAside,
  writeKubeletFile,
} from '../docker-config/file.ts';
import { parseConfigText } from '../docker-config/text.ts';
import { withdrawCredentials } from '../docker-config/withdraw.ts';
import { type State, writeState } from '../files/state.ts';
import { KUBELET_CACHE, type Rewrite, restartReason } from '../kubelet/restart-rule.ts';
import type { World } from '../world.ts';

/** What the agent in one process knows from pass to pass, and no file has to tell. */
export interface Memory {
  /** When our entries were last seen in the file, in awake milliseconds. */
  sawOwnAt?: number;
}

/** How long, awake, our entries may have been missing for us to say that nobody has noticed: four ticks. */
const MOMENTS = 60_000;

/** What a pass did to `config.json`. */
export interface Written {
  readonly state: State;
  readonly wrote: 'credentials' | 'removal' | 'nothing';
  /** The file as it was before this pass wrote it. */
  readonly previous: KubeletFile | undefined;
  /** Our entries in the file now, by registry key. */
  readonly own: ReadonlyMap<string, OwnEntry>;
}

type FileWorld = Pick<World, 'layout' | 'log' | 'now' | 'awake'>;

/** Brings `config.json` to what the logins say, and notes in the state when the kubelet should be restarted for it. */
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
  else delete memory.sawOwnAt; // what we took out ourselves is not missing by another's hand
  return written;
}

/** What decides about a restart beside the entries themselves. */
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
  const wasCutShort = await healKubeletFile(path);
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
  const foundNothing = refusedFor !== undefined || wasCutShort; // the kubelet, if it looked
  const held = foundNothing ? new Map<string, OwnEntry>() : before;
  const written = await putIn(world, next, merged.config, { ...circumstances, before: held, after: own });
  return { ...written, previous, own };
}

/**
 * Writes our entries. The state goes first: what is displaced must be remembered before it is gone, and a restart that is
 * needed must be remembered before a crash can make us forget it.
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
    await writeState(world.layout.state, state).catch(() => {}); // nothing is there that would need a restart
    throw error;
  }
  if (!hasFresh) {
    world.log.warn('took credentials out that have ended', { path });
    return { state: planned, wrote: 'removal' };
  }
  world.log.info('wrote credentials for the kubelet', { path, registries: [...after.keys()].join(',') });
  const written = { ...planned, lastWrite: lastWrite && { ...lastWrite, awake: world.awake.now() } };
  return { state: written, wrote: 'credentials' };
}

/** Takes the last of our entries out, as if the agent had never been there. */
async function takeOut(
  world: FileWorld,
  state: State,
  before: Rewrite['before'],
  circumstances: Circumstances,
): Promise<State> {
  await withdrawCredentials(world.layout, state);
  const path = world.layout.kubeletDockerConfig;
  world.log.warn('took credentials out that have ended', { path, registries: [...before.keys()].join(',') });
  const rewrite = { ...circumstances, before, after: new Map<string, OwnEntry>() };
  return withRestartFor({ ...state, displaced: {}, before: null }, rewrite, world.now());
}

function withRestartFor(state: State, rewrite: Rewrite & Circumstances, now: Date): State {
  const reason = restartReason(rewrite.policy, rewrite, now);
  return reason === undefined ? state : { ...state, restarts: { ...state.restarts, pending: reason } };
}

/** With nothing of ours in the file, nothing is displaced, and the file as it is now is what we shall leave behind. */
function withNothingOfOurs(state: State, file: KubeletFile | undefined): State {
  if (file === undefined) return { ...state, displaced: {}, before: { text: null, mode: 0o600 } };
  const { text, bytes, mode } = file;
  const base64 = isUtf8(bytes) ? {} : { base64: Buffer.from(bytes).toString('base64') };
  return { ...state, displaced: {}, before: { text, ...base64, mode } };
}

/** Keeps a copy of a file that the kubelet would refuse. */
async function keepRefused(
  { layout, log, now }: FileWorld,
  state: State,
  previous: KubeletFile | undefined,
  refusedFor: string | undefined,
): Promise<State> {
  if (previous === undefined || refusedFor === undefined) return state;
  const path = await setAside(layout.kubeletDockerConfig, previous.bytes, now());
  const reason = oneLine(refusedFor); // it names keys of a foreign file
  log.warn('the kubelet did not read config.json as it was; a copy of that is kept', { reason, path });
  return { ...state, setAside: { at: now().toISOString(), path, reason } };
}

/** The kubelet may hold what this write replaces, or what one within its cache's life before did. */
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
