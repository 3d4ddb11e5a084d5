import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { KindGcrError } from '../../../core/errors.ts';
import { AGENT_BUILD_MARK } from '../../../core/node/agent-build.ts';
import { AGENT_SERVICE, KUBELET_SERVICE } from '../../../core/node/layout.ts';
import { NodeTextSchema } from '../../../core/node/status-report.ts';
import type { KindNode } from '../../kind/node.ts';
import { UNTIL_HEALTHY } from '../plugin/registration.ts';
import { WRITE_FIRST_CONFIG } from './first-config.ts';
import { layout, type NodeFile } from './paths.ts';

/** What a node has of ours. */
export interface NodeFacts {
  /** As `uname -m` prints it. */
  readonly machine: string;
  /** Whether the agent's service was ever set up. */
  readonly hasAgent: boolean;
  /** Whether the service is enabled, and running. */
  readonly isAtWork: boolean;
  /** What its kubelet finds where there is no agent: a service account key, or a config that this machine keeps. */
  readonly instead: 'static-key' | 'mounted-config' | undefined;
  /** Identifies the build of the agent's executable, see `AgentExecutable`. */
  readonly agentDigest: string | undefined;
  /** Whether the kubelet is registered to ask the agent for credentials. */
  readonly hasPlugin: boolean;
  /** Whether the first credentials were written, and the kubelet is restarting for them. */
  readonly gotFirstCredentials: boolean;
  /** Whether the files are there, with their modes and this content. */
  isUpToDate(files: readonly NodeFile[]): boolean;
}

/** How a login with a service account key as its password begins, in base64. */
const STATIC_LOGIN = Buffer.from('_json_key').toString('base64');

/**
 * stdin: a line with a config.json, in base64, for a node that has none, or nothing. Only a node that has nothing of ours gets
 * it, and whose kubelet runs and is not being set up by kubeadm. Its digest is recorded, so that it can be removed or taken over.
 * stdout: one line of JSON, see `readFacts`.
 */
export const LOOK = `set -u
${WRITE_FIRST_CONFIG}agent=$1 service=$2 config=$3 mounted=$4 unit=$5 flags=$6 plugin=$7 dropin=$8 note=$9 ready=\${10} wait=\${11}; shift 11
[ ! -f "$agent" ] || agentdigest=$(tail -c 79 "$agent" | sed -n 's/^${AGENT_BUILD_MARK} \\([0-9a-f]\\{64\\}\\)$/\\1/p')
if [ -f "$agent" ] && [ -z "$agentdigest" ]; then agentdigest=$(sha256sum < "$agent" | cut -c 1-64); fi
instead= state= hasplugin=false first=false
if [ -f "$unit" ]; then state="$(systemctl is-enabled "$service" 2>/dev/null) $(systemctl is-active "$service" 2>/dev/null)"
elif [ -f "$agent" ] && grep -qs '${STATIC_LOGIN}' "$config"; then instead=static-key
elif [ -f "$mounted" ]; then instead=mounted-config
fi
if [ -e "$dropin" ] || grep -qs "=$plugin " "$flags"; then hasplugin=true; fi
read -r content || :
[ -z "$content" ] || content=$(printf %s "$content" | base64 -d)
if [ -n "$content" ] && [ -z "$instead" ] && [ ! -e "$agent" ] && [ ! -e "$unit" ] && [ ! -e "$config" ] &&
  [ ! -L "$config" ] && [ "$hasplugin" = false ] && [ -f "$ready" ] && ! pgrep -x kubeadm > /dev/null 2>&1 &&
  systemctl -q is-active ${KUBELET_SERVICE}; then
  if write_first_config >&2; then first=true; else rm -f "$config.kindgcr" "$config" "$note"; fi
fi
[ "$first" != true ] || [ "$wait" != true ] || (${UNTIL_HEALTHY}) || :
printf '{"machine":"%s","agent":"%s","instead":"%s","state":"%s","hasPlugin":%s,"first":%s,"files":{' \\
  "$(uname -m)" "\${agentdigest-}" "$instead" "$state" "$hasplugin" "$first"
between=
for file; do
  [ ! -f "$file" ] || { printf '%s"%s":"%s %s"' "$between" "$file" "$(stat -c %a "$file")" "$(sha256sum < "$file" | cut -c 1-64)"; between=,; }
done
printf '}}\\n'
`;

const LookSchema = v.object({
  machine: NodeTextSchema,
  agent: v.string(),
  instead: v.picklist(['', 'static-key', 'mounted-config']),
  state: v.string(),
  hasPlugin: v.boolean(),
  first: v.boolean(),
  files: v.record(v.string(), v.string()),
});

/** The arguments of LOOK. With `wait`, a kubelet that restarts for its first credentials is waited for, a minute at most. */
export function lookArguments({ wait }: { readonly wait: boolean }): readonly string[] {
  return [
    ...[layout.agent, AGENT_SERVICE, layout.kubeletDockerConfig, layout.mountedDockerConfig, layout.unit],
    ...[layout.kubeadmFlags, layout.pluginConfig, layout.pluginDropIn, layout.firstCredentials, layout.kubeletConfig],
    String(wait),
    ...[layout.agentConfig, layout.keyfile, layout.unit],
  ];
}

/** Looks at what a node has. Throws NODE_FAILED. */
export async function nodeFacts(node: KindNode): Promise<NodeFacts> {
  const args = ['sh', '-c', LOOK, 'sh', ...lookArguments({ wait: false })];
  return readFacts(node, await node.run(args, { timeout: 60_000 }));
}

/** The facts that LOOK printed. Throws NODE_FAILED. */
export function readFacts(node: KindNode, text: string): NodeFacts {
  const seen = v.safeParse(v.pipe(v.string(), v.parseJson(), LookSchema), text);
  if (!seen.success)
    throw new KindGcrError('NODE_FAILED', `${node.name}: the node's answer can't be read`, {
      hint: `Check that commands work in it: docker exec ${node.name} uname -m`,
    });
  const { machine, agent, instead, state, hasPlugin, first: gotFirstCredentials, files } = seen.output;
  return {
    machine,
    hasAgent: files[layout.unit] !== undefined,
    instead: instead === '' ? undefined : instead,
    isAtWork: state === 'enabled active',
    agentDigest: agent === '' ? undefined : agent,
    hasPlugin,
    gotFirstCredentials,
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

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
