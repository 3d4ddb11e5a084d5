import type { RestartPolicy } from '../../core/node/agent-config.ts';
import type { OwnEntry } from '../docker-config/entries.ts';

/** Milliseconds for which the kubelet keeps what it has read, also "no such file". Its clock stands still in suspend. */
export const KUBELET_CACHE = 5 * 60_000;

/** A rewrite of `config.json`: our entries in it before and after, by registry key. */
export interface Rewrite {
  readonly before: ReadonlyMap<string, OwnEntry>;
  readonly after: ReadonlyMap<string, OwnEntry>;
  /**
   * Whether our entries were seen in the file moments ago, so that their absence now is another hand's doing: the kubelet
   * has hardly read the file in between, and restarting it for that would turn a quarrel over a file into an outage.
   */
  readonly seenMomentsAgo: boolean;
}

/**
 * Why a rewrite asks for a restart of the kubelet, or undefined when it doesn't. The kubelet reads the file again by
 * itself within 5 minutes, so a restart helps only where it may be holding nothing, or something that ends before that.
 */
export function restartReason(policy: RestartPolicy, rewrite: Rewrite, now: Date): string | undefined {
  if (policy === 'never') return undefined;
  if (policy === 'always') return 'restart policy: always';
  const { before, after, seenMomentsAgo } = rewrite;
  const fresh = [...after].filter(([key, entry]) => before.get(key)?.auth !== entry.auth).map(([key]) => key);
  const held = fresh.map((key) => before.get(key)?.expiresAt);
  if (held.some((end) => end !== undefined && end <= now)) return 'the kubelet may hold credentials that have ended';
  if (held.some((end) => end !== undefined && end.getTime() < now.getTime() + KUBELET_CACHE)) {
    return 'the kubelet may hold credentials that end before it looks again';
  }
  if (held.includes(undefined) && !seenMomentsAgo) return 'the kubelet may hold no credentials';
  return undefined;
}

/** The last rewrite that put credentials in the place of others. */
export interface LastWrite {
  /** Milliseconds on a clock that stands still in suspend, of this boot of the machine. */
  readonly awake: number;
  /** End of the credentials that it replaced; undefined when there were none, or the kubelet was restarted for it. */
  readonly replacedEndsAt: Date | undefined;
}

/**
 * Why time alone asks for a restart: credentials that were replaced when they had life enough have ended since, while the
 * kubelet's cache, whose clock stands still in suspend, may still hold them. So it is after a laptop wakes up.
 */
export function resumeReason(
  policy: RestartPolicy,
  lastWrite: LastWrite | undefined,
  now: Date,
  awake: number,
): string | undefined {
  if (policy === 'never' || lastWrite?.replacedEndsAt === undefined) return undefined;
  if (awake - lastWrite.awake >= KUBELET_CACHE || lastWrite.replacedEndsAt > now) return undefined;
  return 'time has leapt, and the kubelet may hold credentials that have ended';
}
