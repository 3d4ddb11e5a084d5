import { errorMessage, KindGcrError } from '../../../core/errors.ts';
import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import type { LoginsMessage } from '../../../core/node/logins-message.ts';
import type { StatusReport } from '../../../core/node/status-report.ts';
import type { KindNode } from '../../kind/node.ts';
import type { AgentExecutable } from './executable.ts';
import { FORMER_AGENT, FORMER_FILES, layout, NEW_AGENT, type NodeFile } from './paths.ts';
import { removeAgent } from './remove.ts';
import { agentFailure, readReport } from './report.ts';
import { KEPT, RESTORE, STOP, swapArguments } from './swap-scripts.ts';
import type { Visit } from './visit.ts';

/** What replaces our files in a node. */
export interface Swap {
  readonly executable: AgentExecutable;
  readonly files: readonly NodeFile[];
  /** Whether the agent's service should run. If not, it is stopped and disabled. */
  readonly runs: boolean;
  /** What the agent receives; undefined for a node that gets all tokens by itself. */
  readonly message: LoginsMessage | undefined;
}

/** The last steps in a node, after which it can't be rolled back. */
export interface AfterSwap {
  /** Waits where the agent of a node with a key had no valid credentials at its first attempt. */
  untilValid(): Promise<StatusReport>;
  /** What else belongs to it. */
  alsoDo?(): Promise<void>;
}

/** How work on a node reports its steps, and is stopped. */
export interface Attendance {
  readonly signal: AbortSignal;
  /** Says what is being done now, for the line of this node. */
  readonly step: (what: string) => void;
}

/** Milliseconds: the agent may ask Google, and restart a kubelet and wait until that is healthy. */
const SWAP_TIME = 240_000;

/**
 * Puts executable and files into a node, has the agent bring credentials into force and starts its service, all after the
 * copy and in the command that looked at the node, and returns the agent's status. All or nothing: when anything fails or is
 * stopped, a node that had an agent, or held a key, is as it was, and any other is untouched. Throws NODE_FAILED and what
 * `after` throws.
 */
export async function swapAgent(
  node: KindNode,
  visit: Visit,
  swap: Swap,
  { signal, step }: Attendance,
  after: AfterSwap,
): Promise<StatusReport> {
  const { facts } = visit;
  const sent = facts.agentDigest !== swap.executable.digest;
  let swapping = false;
  try {
    if (sent) {
      step('copying the agent');
      await node.copyIn(swap.executable.path, NEW_AGENT);
      signal.throwIfAborted();
    }
    step(swap.runs ? 'starting the agent' : facts.hasAgent ? 'stopping the agent' : 'writing the key');
    swapping = true;
    const keep = after.alsoDo !== undefined;
    const report = await swapIn(node, visit, { ...swap, sent, keep }, signal);
    if (report !== undefined && !keep) return report;
    const status = report ?? (await after.untilValid());
    await after.alsoDo?.();
    await node.run(['rm', '-rf', FORMER_AGENT, FORMER_FILES]);
    return status;
  } catch (error) {
    const isBack = facts.hasAgent || facts.instead === 'static-key';
    step(isBack ? 'restoring what was there before' : 'removing the agent again');
    const undo = !swapping ? dropSent : isBack ? restore : removeAgent;
    await undo(node).catch((failure: unknown) => {
      throw new KindGcrError(
        'NODE_FAILED',
        `${node.name}: ${errorMessage(error)}; and it could not be undone: ${errorMessage(failure)}`,
        { hint: 'Once the node is healthy again, run kindgcr install or kindgcr uninstall.', cause: error },
      );
    });
    throw error;
  }
}

async function swapIn(
  node: KindNode,
  visit: Visit,
  { files, runs, message, sent, keep }: Swap & { readonly sent: boolean; readonly keep: boolean },
  signal: AbortSignal,
): Promise<StatusReport | undefined> {
  const lines = [
    swapArguments({ verb: message === undefined ? 'once' : 'receive', runs, sent, keep }),
    ...files.map(
      ({ path, content, mode }) => `${mode.toString(8)} ${path} ${content === undefined ? '-' : base64(content)}`,
    ),
    '.',
    message === undefined ? '' : JSON.stringify(message),
  ];
  // Not ended by the signal, since the shell in the node would go on: the agent, which may wait for long, is stopped.
  const stop = () => void node.exec(['sh', '-c', STOP, 'sh', FORMER_FILES]);
  signal.addEventListener('abort', stop);
  try {
    const result = await visit.proceed(lines.join('\n'), SWAP_TIME);
    signal.throwIfAborted();
    if (result.exitCode !== 0) throw agentFailure(node, 'the agent could not be put in place', result);
    return result.stdout === '' ? undefined : readReport(node, result.stdout);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Restores what was there before `swapIn`, service and all; a key that was held without a service is written again. */
async function restore(node: KindNode): Promise<void> {
  const paths = [layout.agent, NEW_AGENT, FORMER_AGENT, FORMER_FILES, AGENT_SERVICE, layout.unit];
  await node.run(['sh', '-c', RESTORE, 'sh', ...paths, ...KEPT], { timeout: 180_000 });
}

/** Removes an executable that was sent and not put in place. */
async function dropSent(node: KindNode): Promise<void> {
  await node.run(['rm', '-f', NEW_AGENT]);
}

function base64(content: string): string {
  return Buffer.from(content, 'utf8').toString('base64');
}
