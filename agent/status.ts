import { access } from 'node:fs/promises';
import * as v from 'valibot';
import type { AgentConfig } from '../core/node/agent-config.ts';
import type { NodeLayout } from '../core/node/layout.ts';
import { type StatusReport, StatusReportSchema } from '../core/node/status-report.ts';
import { GOOGLE_OWNER } from '../core/registry/registry-login.ts';
import { VERSION } from '../core/version.ts';
import { ownEntries } from './docker-config/entries.ts';
import { readKubeletFile } from './docker-config/file.ts';
import { parseConfigText } from './docker-config/text.ts';
import { readAgentConfig } from './files/agent-config.ts';
import { inputsOf } from './files/inputs.ts';
import { readState } from './files/state.ts';
import { readLogins, type StoredLogin } from './logins/store.ts';

/** Reads the status from the agent's files: no network, no locks, no changes. */
export async function statusReport(layout: NodeLayout, now: Date): Promise<StatusReport> {
  const [state, inputs, logins, config, file] = await Promise.all([
    readState(layout.state),
    inputsOf(layout),
    readLogins(layout.logins),
    readAgentConfig(layout.agentConfig).catch((): AgentConfig | undefined => undefined),
    readKubeletFile(layout.kubeletDockerConfig),
  ]);
  const own = config?.delivery === 'credential-provider' ? entriesOf(logins) : entriesIn(file?.text);
  const alive = own.filter(([, { expiresAt }]) => expiresAt > now);
  const shown = alive.length > 0 ? alive : own;
  // A failure with an earlier key or config says nothing about the current one.
  const attempts = state.attempts?.inputs === inputs ? state.attempts : null;
  const { account = state.account, pullOnly = null } =
    logins.find(({ login }) => login.owner === GOOGLE_OWNER)?.login ?? {};
  const waits = attempts?.nextAttemptAt ?? '';
  const due = logins.map(({ login, renewAt }) => (login.owner === GOOGLE_OWNER && waits > renewAt ? waits : renewAt));
  const renewals = [...due.filter((time) => time < NEVER_DUE), ...(due.length === 0 && attempts ? [waits] : [])];
  return v.parse(StatusReportSchema, {
    version: VERSION,
    credentials: alive.length > 0 ? 'valid' : own.length > 0 ? 'expired' : 'none',
    source: config?.source ?? null,
    account,
    pullOnly,
    registries: shown.map(([key]) => key),
    logins: loginsOf(own),
    expiresAt: shown.map(([, { expiresAt }]) => expiresAt.toISOString()).toSorted()[0] ?? null,
    nextRenewalAt: renewals.toSorted()[0] ?? null,
    lastSuccessAt: state.lastSuccessAt,
    lastFailure: state.attempts === null || attempts !== null ? state.lastFailure : null,
    failures: attempts?.failures ?? 0,
    kubeletRestarts: {
      count: state.restarts.count,
      lastAt: state.restarts.lastAt,
      lastReason: state.restarts.lastReason,
      pending: state.restarts.pending,
    },
    setAside: state.setAside !== null && (await isThere(state.setAside.path)) ? state.setAside : null,
  } satisfies StatusReport);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** ISO 8601. Logins without a known expiry have a renewal time after this. */
const NEVER_DUE = '3000';

type Entry = readonly [
  registry: string,
  { readonly expiresAt: Date; readonly owner: string; readonly username: string },
];

/** The logins by owner: registries, user, expiry. */
function loginsOf(entries: readonly Entry[]): StatusReport['logins'] {
  return [...Map.groupBy(entries, ([, { owner }]) => owner)].map(([owner, own]) => ({
    owner,
    registries: own.map(([key]) => key),
    username: own[0]?.[1].username ?? '',
    expiresAt: own.map(([, { expiresAt }]) => expiresAt.toISOString()).toSorted()[0] ?? null,
  }));
}

/** The kubelet's view of `config.json`: a file that it refuses counts as empty. */
function entriesIn(text: string | undefined): readonly Entry[] {
  const { usable, refusedFor } = parseConfigText(text);
  if (refusedFor !== undefined) return [];
  return [...ownEntries(usable)].map(([key, { auth, ...entry }]) => [key, { ...entry, username: usernameIn(auth) }]);
}

function usernameIn(auth: unknown): string {
  return typeof auth === 'string' ? (Buffer.from(auth, 'base64').toString('utf8').split(':')[0] ?? '') : '';
}

/** What the credential provider answers. */
function entriesOf(logins: readonly StoredLogin[]): readonly Entry[] {
  return logins.flatMap(({ login }) =>
    login.registries.map((registry): Entry => [registry, { ...login, expiresAt: new Date(login.expiresAt) }]),
  );
}

/** The report as text, one line per field. */
export function describeStatus(report: StatusReport, now: Date): string {
  const { kubeletRestarts: restarts, lastFailure } = report;
  const lines: [string, string | null][] = [
    ['credentials', credentialsLine(report, now)],
    ['registries', report.registries.join(', ') || null],
    ['source', [report.source, report.account].filter((part) => part !== null).join(', ') || null],
    ['next renewal', when(report.nextRenewalAt, now)],
    ['last success', when(report.lastSuccessAt, now)],
    ['last failure', lastFailure ? `${lastFailure.message} (${when(lastFailure.at, now)})` : null],
    ['hint', lastFailure ? (lastFailure.hint ?? null) : null],
    [
      'kubelet restarts',
      restarts.count > 0 ? `${restarts.count}, last ${when(restarts.lastAt, now)}: ${restarts.lastReason}` : '0',
    ],
    ['restart pending', restarts.pending],
    ['set aside', report.setAside ? `${report.setAside.path} (${report.setAside.reason})` : null],
    ['version', report.version],
  ];
  const shown = lines.filter((line): line is [string, string] => line[1] !== null);
  return shown.map(([name, value]) => `${`${name}:`.padEnd(18)}${value}\n`).join('');
}

function credentialsLine({ credentials, expiresAt }: StatusReport, now: Date): string {
  if (expiresAt === null) return credentials;
  return `${credentials}, ${credentials === 'valid' ? 'until' : 'since'} ${when(expiresAt, now)}`;
}

/** An ISO timestamp with its distance from now: `2031-05-06T12:00:00.000Z, in 29 min`. */
function when(timestamp: string | null, now: Date): string | null {
  if (timestamp === null) return null;
  const seconds = Math.round((new Date(timestamp).getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  const far = size < 100 ? `${size} s` : size < 6000 ? `${Math.round(size / 60)} min` : `${Math.round(size / 3600)} h`;
  return `${timestamp}, ${seconds >= 0 ? `in ${far}` : `${far} ago`}`;
}
