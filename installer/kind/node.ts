import { KindGcrError } from '../../core/errors.ts';
import { withReason } from '../../core/one-line.ts';
import { type ExecOptions, type ExecResult, MAX_JSON_OUTPUT } from '../../core/system/exec.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type Conversation, startConversation } from './conversation.ts';

/** A kind node, which runs commands like this machine. */
export interface KindNode {
  readonly name: string;
  /** Runs a command in the node as root. Never throws for a command that fails. */
  exec(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Runs a command that must succeed and resolves with its stdout. Throws NODE_FAILED with the command's message. */
  run(args: readonly string[], options?: ExecOptions): Promise<string>;
  /**
   * Starts a command that reads a line, prints one and then reads on, so that the next step needs no second command. Resolves
   * with the answer; `timeout` is in milliseconds. Throws NODE_FAILED.
   */
  converse(args: readonly string[], line: string, timeout: number): Promise<Conversation>;
  /** Copies a local file into the node, to a path that is not in use. Throws NODE_FAILED. */
  copyIn(localPath: string, path: string): Promise<void>;
}

const WHY: Partial<Record<ExecResult['ended'], string>> = {
  'timed-out': 'took too long',
  'too-much-output': 'printed too much',
};

/** A node by its container's name. Goes through the engine: no port is opened, and remote engines work, too. */
export function kindNode(engine: ContainerEngine, name: string): KindNode {
  const exec: KindNode['exec'] = (args, options = {}) =>
    engine.exec(['exec', ...(options.input === undefined ? [] : ['--interactive']), name, ...args], {
      maxOutput: MAX_JSON_OUTPUT,
      ...options,
    });

  function must(result: ExecResult, args: readonly string[]): string {
    if (result.exitCode === 0) return result.stdout;
    throw failureOf(result, args);
  }

  function failureOf({ ended, stderr }: ExecResult, args: readonly string[]): KindGcrError {
    if (ended === 'killed') {
      return new KindGcrError('INTERRUPTED', `stopped while working on ${name}`, {
        hint: 'Run the same command again when you are ready.',
      });
    }
    const command = args[0] === 'sh' ? 'a shell command' : args.join(' ');
    const why = WHY[ended] ?? withReason('failed', stderr);
    return new KindGcrError('NODE_FAILED', `${name}: ${command} ${why}`, {
      hint: `Look at the node: ${engine.name} exec ${name} journalctl --no-pager --lines=50`,
    });
  }

  return {
    name,
    exec,
    run: async (args, options) => must(await exec(args, options), args),
    async converse(args, line, timeout) {
      const start = await startConversation((options) => exec(args, options), line, timeout);
      if (!('answer' in start)) throw failureOf(start, args);
      return start;
    },
    async copyIn(localPath, path) {
      const args = ['cp', localPath, `${name}:${path}`];
      must(await engine.exec(args, { timeout: 300_000 }), args);
    },
  };
}
