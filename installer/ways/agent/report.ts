import * as v from 'valibot';
import { KindGcrError } from '../../../core/errors.ts';
import { type StatusReport, StatusReportSchema } from '../../../core/node/status-report.ts';
import { oneLine, withReason } from '../../../core/one-line.ts';
import type { ExecResult } from '../../../core/system/exec.ts';
import type { KindNode } from '../../kind/node.ts';

/** The agent's status as it prints it. Throws NODE_FAILED. */
export function readReport(node: KindNode, stdout: string): StatusReport {
  const report = v.safeParse(v.pipe(v.string(), v.parseJson(), StatusReportSchema), stdout);
  if (report.success) return report.output;
  throw new KindGcrError('NODE_FAILED', `${node.name}: the agent's status can't be read`, {
    hint: 'Its version may differ from this one: run kindgcr install again.',
  });
}

/** What a failed command of the agent says is wrong, and its hint. */
export function agentFailure(node: KindNode, what: string, { ended, stderr }: ExecResult): KindGcrError {
  const hint = /^hint: (.+)$/m.exec(stderr)?.[1];
  const why = ended === 'timed-out' ? `${what}: it took too long` : withReason(what, stderr);
  return new KindGcrError('NODE_FAILED', `${node.name}: ${why}`, {
    hint:
      hint === undefined
        ? `Look at the node: docker exec ${node.name} journalctl --no-pager --lines=50`
        : oneLine(hint),
  });
}
