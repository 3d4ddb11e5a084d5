import type { StatusReport } from '../../core/node/status-report.ts';
import { NEVER } from '../../core/registry/registry-login.ts';
import { inWords } from './durations.ts';

/** Until when a node's credentials hold, in words. */
export function validity({ expiresAt, kubeletRestarts }: StatusReport, now: Date): string {
  const until =
    expiresAt === null || expiresAt === NEVER
      ? `valid${expiresAt === NEVER ? ', without an end' : ''}`
      : `valid until ${expiresAt} (${inWords(Date.parse(expiresAt) - now.getTime())})`;
  return kubeletRestarts.pending === null ? until : `${until}, kubelet not told yet`;
}
