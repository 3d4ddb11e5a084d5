import type { StatusReport } from '../../core/node/status-report.ts';
import { NEVER } from '../../core/registry/registry-login.ts';
import { untilInWords } from './local-time.ts';

/** Until when a node's credentials are valid, for people. */
export function validity({ expiresAt, kubeletRestarts }: StatusReport, now: Date): string {
  const until =
    expiresAt === null || expiresAt === NEVER
      ? `valid${expiresAt === NEVER ? ', never expires' : ''}`
      : `valid ${untilInWords(expiresAt, now)}`;
  return kubeletRestarts.pending === null ? until : `${until}, kubelet restart pending`;
}
