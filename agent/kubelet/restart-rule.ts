import type { RestartPolicy } from '../../core/node/agent-config.ts';
import type { OwnEntry } from '../docker-config/entries.ts';

/** Milliseconds for which the kubelet caches what it has read, also "no such file". Its clock stops during suspend. */
export const KUBELET_CACHE = 5 * 60_000;

/** A rewrite of `config.json`: our entries in it before and after, by registry key. */
export interface Rewrite {
  readonly before: ReadonlyMap<string, OwnEntry>;
  readonly after: ReadonlyMap<string, OwnEntry>;
  /**
   * Whether our entries were in the file moments ago and another program has removed them since. The kubelet has hardly
   * read the file in between, and restarting it each time would turn a fight over a file into an outage.
   */
  readonly seenMomentsAgo: boolean;
}

/**
 * Why a rewrite needs a kubelet restart, or undefined when it doesn't. The kubelet re-reads the file by itself within 5
 * minutes, so a restart helps only when it may hold no credentials, or ones that expire before that.
 */
export function restartReason(policy: RestartPolicy, rewrite: Rewrite, now: Date): string | undefined {
  if (policy === 'never') return undefined;
  if (policy === 'always') return 'restart policy: always';
  const { before, after, seenMomentsAgo } = rewrite;
  const fresh = [...after].filter(([key, entry]) => before.get(key)?.auth !== entry.auth).map(([key]) => key);
  const held = fresh.map((key) => before.get(key)?.expiresAt);
  if (held.some((end) => end !== undefined && end <= now)) return 'the kubelet may hold expired credentials';
  if (held.some((end) => end !== undefined && end.getTime() < now.getTime() + KUBELET_CACHE)) {
    return 'the kubelet may hold credentials that expire before it reads the file again';
  }
  if (held.includes(undefined) && !seenMomentsAgo) return 'the kubelet may hold no credentials';
  return undefined;
}

/** The last rewrite that replaced credentials. */
export interface LastWrite {
  /** Milliseconds of this boot, on a clock that stops during suspend. */
  readonly awake: number;
  /** Expiry of the replaced credentials; undefined when there were none, or the kubelet was restarted for them. */
  readonly replacedEndsAt: Date | undefined;
}

/**
 * Why a resume from suspend needs a restart: credentials that were replaced in good time have expired since, while the
 * kubelet's cache, whose clock stops during suspend, may still hold them.
 */
export function resumeReason(
  policy: RestartPolicy,
  lastWrite: LastWrite | undefined,
  now: Date,
  awake: number,
): string | undefined {
  if (policy === 'never' || lastWrite?.replacedEndsAt === undefined) return undefined;
  if (awake - lastWrite.awake >= KUBELET_CACHE || lastWrite.replacedEndsAt > now) return undefined;
  return 'the clock jumped (suspend?), and the kubelet may hold expired credentials';
}
