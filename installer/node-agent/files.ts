import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import { AGENT_SERVICE, nodeLayout } from '../../core/node/layout.ts';
import type { KindNode } from '../kind/node.ts';
import { unregisterPlugin } from '../kubelet-plugin/registration.ts';

const layout = nodeLayout();

/** Where the executable waits until it takes the place of the old one. */
const NEW_AGENT = `${layout.agent}.new`;
const FORMER_AGENT = `${layout.agent}.before`;

/** In memory: it may hold a key and logins. Gone with a restart of the node, after which what is there now stays. */
const FORMER_FILES = '/run/kindgcr-before';

/** SHA-256 of the executable with its size, time and inode: hashing 120 MB at each visit would take longer than copying. */
const AGENT_SUM = '/etc/kindgcr/agent.sum';

/** A file that a node is to have; no content means that it is to have none. */
export interface NodeFile {
  readonly path: string;
  readonly content: string | undefined;
  readonly mode: number;
}

/** What a node has of ours. */
export interface NodeFacts {
  /** As `uname -m` says it. */
  readonly machine: string;
  /** Whether the agent's service was ever set up. */
  readonly hasAgent: boolean;
  /** Whether the service is enabled, and running. */
  readonly isAtWork: boolean;
  /** What its kubelet finds where there is no agent: a service account key, or a config that this machine keeps. */
  readonly instead: 'static-key' | 'mounted-config' | undefined;
  /** SHA-256 of the agent's executable. */
  readonly agentSha256: string | undefined;
  /** Whether the files are there, with their modes and this content. */
  isUpToDate(files: readonly NodeFile[]): boolean;
}

/** How a login begins, in base64, whose password is a service account key. */
const STATIC_LOGIN = Buffer.from('_json_key').toString('base64');

const LOOK = `set -u
agent=$1 sum=$2 service=$3 config=$4 mounted=$5 unit=$6; shift 6
has=$(stat -c '%s %Y %i' "$agent" 2>/dev/null) || has=
known=$(cat "$sum" 2>/dev/null) || known=
if [ -z "$has" ]; then hash=
elif [ "\${known#* }" = "$has" ]; then hash=\${known%% *}
else hash=$(sha256sum < "$agent" | cut -c 1-64); fi
if [ -f "$unit" ]; then instead=
elif [ -n "$has" ] && grep -qs '${STATIC_LOGIN}' "$config"; then instead=static-key
elif [ -f "$mounted" ]; then instead=mounted-config
else instead=; fi
printf '{"machine":"%s","agent":"%s","instead":"%s","enabled":"%s","active":"%s","files":{' "$(uname -m)" "$hash" "$instead" \\
  "$(systemctl is-enabled "$service" 2>/dev/null)" "$(systemctl is-active "$service" 2>/dev/null)"
between=
for file; do
  [ ! -f "$file" ] || { printf '%s"%s":"%s %s"' "$between" "$file" "$(stat -c %a "$file")" "$(sha256sum < "$file" | cut -c 1-64)"; between=,; }
done
printf '}}'`;

const LookSchema = v.object({
  machine: v.string(),
  agent: v.string(),
  instead: v.picklist(['', 'static-key', 'mounted-config']),
  enabled: v.string(),
  active: v.string(),
  files: v.record(v.string(), v.string()),
});

/** Looks at what a node has, in one go. Throws NODE_FAILED. */
export async function nodeFacts(node: KindNode): Promise<NodeFacts> {
  const paths = [layout.agentConfig, layout.keyfile, layout.unit];
  const looked = [layout.kubeletDockerConfig, layout.mountedDockerConfig, layout.unit, ...paths];
  const stdout = await node.run(['sh', '-c', LOOK, 'sh', layout.agent, AGENT_SUM, AGENT_SERVICE, ...looked], {
    timeout: 60_000,
  });
  const seen = v.safeParse(v.pipe(v.string(), v.parseJson(), LookSchema), stdout);
  if (!seen.success) throw new KindGcrError('NODE_FAILED', `${node.name}: the node's answer can't be read`);
  const { machine, agent, instead, enabled, active, files } = seen.output;
  return {
    machine,
    hasAgent: files[layout.unit] !== undefined,
    instead: instead === '' ? undefined : instead,
    isAtWork: enabled === 'enabled' && active === 'active',
    agentSha256: agent === '' ? undefined : agent,
    isUpToDate: (wanted) =>
      wanted.every(({ path, content, mode }) => {
        const is = content === undefined ? undefined : `${mode.toString(8)} ${sha256(content)}`;
        return files[path] === is;
      }),
  };
}

/** Whether the agent's service was ever set up in this node. */
export async function hasAgent(node: KindNode): Promise<boolean> {
  return (await node.exec(['test', '-e', layout.unit])).exitCode === 0;
}

// What follows runs in the node from its first line to its last, whatever becomes of this program meanwhile.

/** stdin: a line a file: mode, path and content in base64, or `-` for none. A secret among them is never an argument. */
const SWAP = `set -eu
umask 077
agent=$1 new=$2 former=$3 before=$4 sum=$5 hash=$6 service=$7; shift 7
rm -rf "$before" "$former"
mkdir "$before"
for file; do [ ! -f "$file" ] || cp -p "$file" "$before/$(basename "$file")"; done
[ ! -f "$agent" ] || ln "$agent" "$former"
systemctl -q is-enabled "$service" 2>/dev/null && : > "$before/.enabled"
systemctl -q is-active "$service" 2>/dev/null && : > "$before/.active"
: > "$before/.complete"
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
systemctl -q enable "$service" 2>&1
systemctl restart "$service"`;

const RESTORE = `set -eu
agent=$1 new=$2 former=$3 before=$4 sum=$5 service=$6; shift 6
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
[ ! -f "$before/.active" ] || systemctl start "$service"
rm -rf "$before"`;

/** What belongs together: brought back together when the new agent does not come up. */
const KEPT = [layout.agentConfig, layout.keyfile, layout.unit, layout.state, layout.logins];

/** Sends the agent's executable into a node, where it waits for `swapIn`. Throws NODE_FAILED. */
export async function sendExecutable(node: KindNode, localPath: string): Promise<void> {
  await node.copyIn(localPath, NEW_AGENT);
}

/** Takes away an executable that was sent and not put in place. */
export async function dropExecutable(node: KindNode): Promise<void> {
  await node.run(['rm', '-f', NEW_AGENT]);
}

/**
 * Puts files and the waiting executable (SHA-256 `agentSha256`) in place and starts the service, keeping what was there
 * before. Throws NODE_FAILED; `restore` undoes it also then.
 */
export async function swapIn(node: KindNode, files: readonly NodeFile[], agentSha256: string): Promise<void> {
  const input = files
    .map(({ path, content, mode }) => `${mode.toString(8)} ${path} ${content === undefined ? '-' : base64(content)}\n`)
    .join('');
  const places = [layout.agent, NEW_AGENT, FORMER_AGENT, FORMER_FILES, AGENT_SUM, agentSha256, AGENT_SERVICE];
  await node.run(['sh', '-c', SWAP, 'sh', ...places, ...KEPT], { input, timeout: 60_000 });
}

/** Brings back what was there before `swapIn` or `sendExecutable`, service and all. Throws NODE_FAILED. */
export async function restore(node: KindNode): Promise<void> {
  const places = [layout.agent, NEW_AGENT, FORMER_AGENT, FORMER_FILES, AGENT_SUM, AGENT_SERVICE];
  await node.run(['sh', '-c', RESTORE, 'sh', ...places, ...KEPT], { timeout: 60_000 });
}

/** Forgets what was there before. Throws NODE_FAILED. */
export async function forgetFormer(node: KindNode): Promise<void> {
  await node.run(['rm', '-rf', FORMER_AGENT, FORMER_FILES]);
}

const REMOVE = `set -eu
agent=$1 service=$2; shift 2
systemctl disable --now "$service" 2>/dev/null || :
[ ! -x "$agent" ] || "$agent" withdraw
rm -rf "$agent" "$@"
systemctl daemon-reload`;

/** Takes the agent and all it wrote out of a node; what was there before it comes back. Safe on a half-done install. */
export async function removeAgent(node: KindNode): Promise<void> {
  await unregisterPlugin(node);
  const folders = ['/etc/kindgcr', '/var/lib/kindgcr', '/run/kindgcr', FORMER_FILES];
  const files = [layout.unit, NEW_AGENT, FORMER_AGENT, ...folders];
  await node.run(['sh', '-c', REMOVE, 'sh', layout.agent, AGENT_SERVICE, ...files], { timeout: 180_000 });
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function base64(content: string): string {
  return Buffer.from(content, 'utf8').toString('base64');
}
