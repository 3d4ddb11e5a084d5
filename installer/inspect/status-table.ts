import { columns } from '../cli/columns.ts';
import { inWords } from '../cli/durations.ts';
import type { ClusterState, NodeState } from './cluster-state.ts';

/** The clusters as a table of at most 80 columns for names as kind gives them, with a line for what is wrong. */
export function statusTable(clusters: readonly ClusterState[], now: Date): string {
  const rows = clusters.flatMap(({ name, nodes }) => nodes.map((node) => [name, ...nodeRow(node, now)]));
  const table =
    rows.length === 0 ? '' : columns([['CLUSTER', 'NODE', 'AGENT', 'CREDENTIALS', 'REFRESHED', 'RESTARTS'], ...rows]);
  const notes = clusters.flatMap(({ name, state, nodes }) => [
    ...(state === 'gone' ? [`cluster "${name}" is gone; forget it: kindgcr uninstall --name ${name}`] : []),
    ...nodes.flatMap(notesOn),
  ]);
  return `${table}${notes.length > 0 && table !== '' ? '\n' : ''}${notes.map((note) => `${note}\n`).join('')}`;
}

function nodeRow(node: NodeState, now: Date): readonly string[] {
  const { name, state, agent, isAtWork, trouble } = node;
  if (state === 'stopped') return [name, '–', 'stopped'];
  if (trouble !== null) return [name, '?', 'no answer'];
  if (agent === null) return [name, 'none', insteadOfAgent(node, now)];
  const left = agent.expiresAt === null ? '' : `, ${inWords(Date.parse(agent.expiresAt) - now.getTime())}`;
  const refreshed =
    agent.lastSuccessAt === null ? 'never' : `${inWords(now.getTime() - Date.parse(agent.lastSuccessAt))} ago`;
  const credentials = agent.credentials === 'valid' ? `valid${left}` : agent.credentials;
  return [
    name,
    isAtWork ? agent.version : `${agent.version} off`,
    credentials,
    refreshed,
    String(agent.kubeletRestarts.count),
  ];
}

/** What the kubelet of a node without an agent finds. */
function insteadOfAgent({ instead, mountedUntil }: NodeState, now: Date): string {
  if (instead === null) return '–';
  if (instead === 'static-key') return 'the key itself';
  if (mountedUntil === null) return 'mounted';
  const left = Date.parse(mountedUntil) - now.getTime();
  return left > 0 ? `mounted, ${inWords(left)}` : 'mounted, ended';
}

function notesOn({ name, agent, isAtWork, trouble }: NodeState): readonly string[] {
  if (trouble !== null) return [trouble.message, ...(trouble.hint === undefined ? [] : [`  ${trouble.hint}`])];
  if (agent === null) return [];
  const { lastFailure, lastSuccessAt, kubeletRestarts, setAside } = agent;
  const isOver = lastFailure === null || (lastSuccessAt !== null && lastSuccessAt > lastFailure.at);
  return [
    ...(isAtWork ? [] : [`${name}: the agent's service does not run; start it: kindgcr install`]),
    ...(isOver ? [] : [`${name}: ${lastFailure.message}`, ...(lastFailure.hint ? [`  ${lastFailure.hint}`] : [])]),
    ...(kubeletRestarts.pending === null
      ? []
      : [`${name}: a restart of the kubelet waits: ${kubeletRestarts.pending}`]),
    ...(setAside ? [`${name}: a broken config.json was set aside: ${setAside.path}`] : []),
  ];
}
