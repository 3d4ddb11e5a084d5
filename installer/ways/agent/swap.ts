import { errorMessage, KindGcrError } from '../../../core/errors.ts';
import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import type { KindNode } from '../../kind/node.ts';
import type { AgentExecutable } from './executable.ts';
import type { NodeFacts } from './inspect-node.ts';
import { AGENT_SUM, FORMER_AGENT, FORMER_FILES, layout, NEW_AGENT, type NodeFile } from './paths.ts';
import { removeAgent } from './remove.ts';

/** What takes the place of what a node has of ours. */
export interface Exchange {
  readonly executable: AgentExecutable;
  readonly files: readonly NodeFile[];
  /** Whether the agent's service is to run with it. Where it is not, it is stopped for good. */
  readonly runs: boolean;
}

/** How work on a node is followed and stopped. */
export interface Attendance {
  readonly signal: AbortSignal;
  /** Tells what is done now, for the line of this node. */
  readonly step: (what: string) => void;
}

/**
 * Puts executable and files into a node and waits for what `inForce` waits for. All or nothing: when it fails or is
 * stopped, a node that had an agent, or held a key, is as it was, and any other is untouched. Throws NODE_FAILED and what
 * `inForce` throws.
 */
export async function exchangeAgent<T>(
  node: KindNode,
  facts: NodeFacts,
  exchange: Exchange,
  { signal, step }: Attendance,
  inForce: () => Promise<T>,
): Promise<T> {
  let swapping = false;
  try {
    // Also when it is not sent now: what an earlier visit, cut short, has left there is not whole.
    await dropSent(node);
    if (facts.agentSha256 !== exchange.executable.sha256) {
      step('copying the agent');
      await node.copyIn(exchange.executable.path, NEW_AGENT);
      signal.throwIfAborted();
    }
    step(exchange.runs ? 'starting the agent' : facts.hasAgent ? 'stopping the agent' : 'making room');
    swapping = true;
    await swapIn(node, exchange);
    signal.throwIfAborted();
    const result = await inForce();
    await node.run(['rm', '-rf', FORMER_AGENT, FORMER_FILES]);
    return result;
  } catch (error) {
    const isBack = facts.hasAgent || facts.instead === 'static-key';
    step(isBack ? 'bringing back what was there before' : 'taking the agent out again');
    const undo = !swapping ? dropSent : isBack ? restore : removeAgent;
    await undo(node).catch((failure: unknown) => {
      throw new KindGcrError(
        'NODE_FAILED',
        `${node.name}: ${errorMessage(error)}; and it could not be undone: ${errorMessage(failure)}`,
        { hint: 'Once the node is well again, run kindgcr install or kindgcr uninstall.', cause: error },
      );
    });
    throw error;
  }
}

// What follows runs in the node from its first line to its last, whatever becomes of this program meanwhile.

/** stdin: a line a file: mode, path and content in base64, or `-` for none. A secret among them is never an argument. */
const SWAP = `set -eu
umask 077
agent=$1 new=$2 former=$3 before=$4 sum=$5 hash=$6 service=$7 runs=$8; shift 8
rm -rf "$before" "$former"
mkdir "$before"
for file; do [ ! -f "$file" ] || cp -p "$file" "$before/$(basename "$file")"; done
[ ! -f "$agent" ] || ln "$agent" "$former"
systemctl -q is-enabled "$service" 2>/dev/null && : > "$before/.enabled"
systemctl -q is-active "$service" 2>/dev/null && : > "$before/.active"
: > "$before/.complete"
[ "$runs" = true ] || systemctl -q disable --now "$service" 2>/dev/null || :
(umask 022; mkdir -p "$(dirname "$sum")")
while read -r mode path content; do
  if [ "$content" = - ]; then rm -f "$path"; continue; fi
  printf %s "$content" | base64 -d > "$path.new"
  chmod "$mode" "$path.new"
  mv -f "$path.new" "$path"
done
if [ -f "$new" ]; then
  chown 0:0 "$new"
  chmod 755 "$new"
  mv -f "$new" "$agent"
fi
printf '%s %s\\n' "$hash" "$(stat -c '%s %Y %i' "$agent")" > "$sum"
systemctl daemon-reload
[ "$runs" = true ] || exit 0
systemctl -q enable "$service" 2>&1
systemctl restart "$service"`;

const RESTORE = `set -eu
agent=$1 new=$2 former=$3 before=$4 sum=$5 service=$6 unit=$7; shift 7
rm -f "$new"
[ -f "$before/.complete" ] || exit 0
systemctl stop "$service" 2>/dev/null || :
for file; do
  kept="$before/$(basename "$file")"
  if [ -f "$kept" ]; then cp -p "$kept" "$file.new" && mv -f "$file.new" "$file"; else rm -f "$file"; fi
done
if [ "$former" -ef "$agent" ]; then rm -f "$former"
elif [ -f "$former" ]; then mv -f "$former" "$agent"
else rm -f "$agent" "$sum"; fi
systemctl daemon-reload
if [ -f "$before/.enabled" ]; then systemctl -q enable "$service" 2>&1; else systemctl -q disable "$service" 2>/dev/null || :; fi
if [ -f "$before/.active" ]; then systemctl start "$service"
elif [ -x "$agent" ] && [ ! -f "$unit" ]; then "$agent" once > /dev/null 2>&1 || :; fi
rm -rf "$before"`;

/** What belongs together: brought back together when the new agent does not come up. */
const KEPT = [layout.agentConfig, layout.keyfile, layout.unit, layout.state, layout.logins];

async function swapIn(node: KindNode, { executable, files, runs }: Exchange): Promise<void> {
  const input = files
    .map(({ path, content, mode }) => `${mode.toString(8)} ${path} ${content === undefined ? '-' : base64(content)}\n`)
    .join('');
  const places = [layout.agent, NEW_AGENT, FORMER_AGENT, FORMER_FILES, AGENT_SUM, executable.sha256, AGENT_SERVICE];
  await node.run(['sh', '-c', SWAP, 'sh', ...places, String(runs), ...KEPT], { input, timeout: 60_000 });
}

/** Brings back what was there before `swapIn`, service and all; a key that was held without a service is written again. */
async function restore(node: KindNode): Promise<void> {
  const places = [layout.agent, NEW_AGENT, FORMER_AGENT, FORMER_FILES, AGENT_SUM, AGENT_SERVICE, layout.unit];
  await node.run(['sh', '-c', RESTORE, 'sh', ...places, ...KEPT], { timeout: 180_000 });
}

/** Takes away an executable that was sent and not put in place. */
async function dropSent(node: KindNode): Promise<void> {
  await node.run(['rm', '-f', NEW_AGENT]);
}

function base64(content: string): string {
  return Buffer.from(content, 'utf8').toString('base64');
}
