import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { KindGcrError } from '../../../core/errors.ts';
import { AGENT_SERVICE } from '../../../core/node/layout.ts';
import { NodeTextSchema } from '../../../core/node/status-report.ts';
import type { KindNode } from '../../kind/node.ts';
import { AGENT_SUM, layout, type NodeFile } from './paths.ts';

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
  machine: NodeTextSchema,
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
  if (!seen.success)
    throw new KindGcrError('NODE_FAILED', `${node.name}: the node's answer can't be read`, {
      hint: `Check that commands work in it: docker exec ${node.name} uname -m`,
    });
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

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
