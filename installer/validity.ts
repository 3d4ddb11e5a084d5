import type { StatusReport } from '../core/node/status-report.ts';

/** Until when a node's credentials hold, in words. */
export function validity({ expiresAt, kubeletRestarts }: StatusReport, now: Date): string {
  const until =
    expiresAt === null ? 'valid' : `valid until ${expiresAt} (${inWords(Date.parse(expiresAt) - now.getTime())})`;
  return kubeletRestarts.pending === null ? until : `${until}, in force once the kubelet has restarted`;
}

function inWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.max(Math.floor(milliseconds / 1000), 0)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
