import { VERSION } from '../../core/version.ts';
import { columns } from '../cli/columns.ts';
import { inWords } from '../cli/durations.ts';
import { untilInWords } from '../cli/local-time.ts';
import { isOlder } from './agent-version.ts';
import type { ClusterState, NodeState } from './cluster-state.ts';

/** The clusters as a table of at most 80 columns for kind's usual names, with a line for each problem. */
export function statusTable(clusters: readonly ClusterState[], now: Date): string {
  const rows = clusters.flatMap(({ name, nodes }) => nodes.map((node) => [name, ...nodeRow(node, now)]));
  const table =
    rows.length === 0 ? '' : columns([['CLUSTER', 'NODE', 'AGENT', 'CREDENTIALS', 'REFRESHED', 'RESTARTS'], ...rows]);
  const notes = clusters.flatMap(({ name, state, nodes }) => [
    ...(state === 'gone'
      ? [`cluster "${name}" is gone; remove it from the settings: kindgcr uninstall --name ${name}`]
      : []),
    ...outdated(name, nodes),
    ...holdings(name, nodes),
    ...nodes.flatMap(notesOn),
  ]);
  return `${table}${notes.length > 0 && table !== '' ? '\n' : ''}${notes.map((note) => `${note}\n`).join('')}`;
}

function nodeRow(node: NodeState, now: Date): readonly string[] {
  const { name, state, agent, isAtWork, trouble } = node;
  if (state === 'stopped') return [name, '–', 'stopped'];
  if (trouble !== null) return [name, '?', 'no answer'];
  if (agent === null) return [name, 'none', insteadOfAgent(node, now)];
  const refreshed =
    agent.lastSuccessAt === null ? 'never' : `${inWords(now.getTime() - Date.parse(agent.lastSuccessAt))} ago`;
  const credentials =
    agent.credentials !== 'valid' || agent.expiresAt === null ? agent.credentials : untilInWords(agent.expiresAt, now);
  return [
    name,
    `${agent.version}${isAtWork ? '' : ' off'}${isOlder(agent.version) ? ' old' : ''}`,
    credentials,
    refreshed,
    String(agent.kubeletRestarts.count),
  ];
}

function outdated(cluster: string, nodes: readonly NodeState[]): readonly string[] {
  const old = nodes.filter(({ agent }) => agent !== null && isOlder(agent.version)).map(({ name }) => name);
  if (old.length === 0) return [];
  return [
    `${old.join(', ')}: the agent is older than kindgcr ${VERSION}; update it: kindgcr install --name ${cluster}`,
  ];
}

/** What the nodes of a cluster hold, a line for each kind of token: one that can only pull, or the user's own. */
function holdings(cluster: string, nodes: readonly NodeState[]): readonly string[] {
  const held = nodes.flatMap(({ name, agent }) => {
    if (agent === null || agent.credentials === 'none' || typeof agent.pullOnly !== 'boolean') return [];
    const token = agent.pullOnly ? 'a pull-only token' : 'your own token';
    return [{ name, what: agent.account === null ? token : `${token}, of ${agent.account}` }];
  });
  const groups = [...Map.groupBy(held, ({ what }) => what)];
  return groups.map(([what, group]) => {
    const who = group.length === nodes.length ? `"${cluster}"` : group.map(({ name }) => name).join(', ');
    return `${who}: holds ${what}`;
  });
}

/** What the kubelet of a node without an agent uses. */
function insteadOfAgent({ instead, mountedUntil }: NodeState, now: Date): string {
  if (instead === null) return '–';
  if (instead === 'static-key') return 'the key itself';
  if (mountedUntil === null) return 'mounted';
  const left = Date.parse(mountedUntil) - now.getTime();
  return left > 0 ? `mounted, ${untilInWords(mountedUntil, now)}` : 'mounted, expired';
}

function notesOn({ name, agent, isAtWork, trouble }: NodeState): readonly string[] {
  if (trouble !== null) return [trouble.message, ...(trouble.hint === undefined ? [] : [`  ${trouble.hint}`])];
  if (agent === null) return [];
  const { lastFailure, lastSuccessAt, kubeletRestarts, setAside } = agent;
  const isOver = lastFailure === null || (lastSuccessAt !== null && lastSuccessAt > lastFailure.at);
  return [
    ...(isAtWork ? [] : [`${name}: the agent's service is not running; start it: kindgcr install`]),
    ...(isOver ? [] : [`${name}: ${lastFailure.message}`, ...(lastFailure.hint ? [`  ${lastFailure.hint}`] : [])]),
    ...(kubeletRestarts.pending === null ? [] : [`${name}: kubelet restart pending: ${kubeletRestarts.pending}`]),
    ...(setAside ? [`${name}: a broken config.json was set aside: ${setAside.path}`] : []),
  ];
}
