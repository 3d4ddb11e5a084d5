import { KindGcrError } from '../../core/errors.ts';
import { errorLine } from '../../core/one-line.ts';
import { type Exec, MAX_JSON_OUTPUT } from '../../core/system/exec.ts';
import type { Mint } from '../world.ts';
import { parseMintResult } from './mint-protocol.ts';

/** Milliseconds: longer than a request to Google may take, plus starting a program on a busy machine. */
const PATIENCE = 40_000;

/** How to run this program again for the same node. */
export interface AgentProgram {
  /** The program's file and its first arguments. */
  readonly command: readonly string[];
  /** The node's root folder. */
  readonly root: string;
  readonly exec: Exec;
}

/**
 * Issues tokens in a short-lived child process, so that the memory of Google's library is used for a moment every half
 * hour instead of for the daemon's whole life. The token comes through a pipe.
 */
export function mintInChild({ command: [file = '', ...first], root, exec }: AgentProgram): Mint {
  return async ({ scopes }, signal) => {
    const args = [...first, '--root', root, 'mint', ...scopes];
    const { ended, exitCode, stdout, stderr } = await exec(file, args, {
      timeout: PATIENCE,
      maxOutput: MAX_JSON_OUTPUT,
      signal,
    });
    const minted = ended === 'exited' && exitCode === 0 ? parseMintResult(stdout) : undefined;
    if (minted !== undefined) return minted;
    const said = errorLine(stderr);
    if (ended === 'exited') throw new Error(`kindgcr-agent mint failed with exit code ${exitCode}: ${said}`);
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `the process that asks Google for a token ${HOW_IT_ENDED[ended]}`, {
      hint: "Look at the node's memory and load: free -m; journalctl -n 50",
      cause: said === '' ? undefined : new Error(said),
    });
  };
}

const HOW_IT_ENDED = {
  'not-found': 'could not be started',
  'timed-out': `did not finish within ${PATIENCE / 1000} s`,
  'too-much-output': 'printed too much',
  killed: 'was killed',
} as const;
