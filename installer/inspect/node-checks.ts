import { KUBELET_SERVICE, nodeLayout } from '../../core/node/layout.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import { KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { GOOGLE_OWNER } from '../../core/registry/registry-login.ts';
import { VERSION } from '../../core/version.ts';
import { localTime, untilInWords } from '../cli/local-time.ts';
import { validity } from '../cli/validity.ts';
import type { CommandContext } from '../context.ts';
import type { KindCluster } from '../kind/clusters.ts';
import type { KindNode } from '../kind/node.ts';
import { nodeFacts } from '../ways/agent/inspect-node.ts';
import { agentStatus } from '../ways/agent/put-agent.ts';
import { type MountedTimes, mountedFolder } from '../ways/mounted-config/folder.ts';
import { clockFinding } from './credential-checks.ts';
import { bad, badBecause, type Finding, note, ok } from './finding.ts';
import { mirrorFindings } from './mirror-checks.ts';

/** Checks every node of a cluster: its agent, and what its kubelet sees. */
export async function clusterChecks(
  cluster: KindCluster,
  engine: string,
  context: CommandContext,
): Promise<readonly Finding[]> {
  const running = await Promise.all(cluster.running.map((node) => nodeChecks(node, cluster.name, context)));
  const stopped = cluster.stopped.map((name) => note(name, 'is stopped', `Start it: ${engine} start ${name}`));
  return [...running.flat(), ...stopped];
}

async function nodeChecks(node: KindNode, cluster: string, { now, user }: CommandContext): Promise<readonly Finding[]> {
  const { name } = node;
  const install = `kindgcr install --name ${cluster}`;
  try {
    const { hasAgent, isAtWork, instead } = await nodeFacts(node);
    const clock = await nodeClock(node, now);
    if (instead === 'static-key') return [staticKeyFinding(name), ...clock];
    if (instead === 'mounted-config') {
      const times = await mountedFolder(cluster, user).times();
      return [mountedFinding(name, cluster, times, now()), ...clock];
    }
    if (!hasAgent) return [bad(name, 'NODE_FAILED', 'has no agent', install), ...clock];
    if (!isAtWork) return [bad(name, 'NODE_FAILED', "the agent's service is not running", install), ...clock];
    const report = await agentStatus(node);
    return [
      agentFinding(name, report, install),
      await kubeletFinding(node, report, install, now()),
      ...(await mirrorFindings(node, report.registries)),
      ...clock,
    ];
  } catch (error) {
    return [badBecause(name, error)];
  }
}

/** No agent is needed here; says what that means. */
function staticKeyFinding(name: string): Finding {
  const { kubeletDockerConfig } = nodeLayout();
  const detail = `no agent: the service account key itself is in ${kubeletDockerConfig}, until you remove it`;
  return note(name, detail, 'To remove it: kindgcr uninstall, and delete the key at Google');
}

function mountedFinding(name: string, cluster: string, times: MountedTimes | undefined, now: Date): Finding {
  if (times === undefined) return ok(name, 'no agent: its kubelet reads a mounted config that kindgcr does not manage');
  const keep = `kindgcr refresh --name ${cluster}; and permanently: kindgcr service install`;
  const { expiresAt, renewAt } = times;
  if (new Date(expiresAt) <= now)
    return bad(
      name,
      'NODE_FAILED',
      `the login in its mounted config expired at ${localTime(new Date(expiresAt), now)}`,
      keep,
    );
  const detail = `no agent: its kubelet reads a mounted config, valid ${untilInWords(expiresAt, now)}`;
  return new Date(renewAt) <= now ? note(name, `${detail}, and nothing renews it`, keep) : ok(name, detail);
}

function agentFinding(name: string, { version, lastFailure, lastSuccessAt }: StatusReport, install: string): Finding {
  const isOver = lastFailure === null || (lastSuccessAt !== null && lastSuccessAt > lastFailure.at);
  if (!isOver) return bad(name, 'NODE_FAILED', `the agent failed: ${lastFailure.message}`, lastFailure.hint ?? install);
  if (version !== VERSION) return note(name, `the agent is version ${version}, this is ${VERSION}`, install);
  return ok(name, `the agent ${version} is running`);
}

/** The agent reads config.json by the kubelet's rules, so it finds what the kubelet finds. */
async function kubeletFinding(node: KindNode, report: StatusReport, install: string, now: Date): Promise<Finding> {
  const check = `${node.name} kubelet`;
  const missing = KUBELET_KEYS.filter((key) => !report.registries.includes(key));
  const others = (report.logins ?? [])
    .filter(({ owner }) => owner !== GOOGLE_OWNER)
    .flatMap(({ registries }) => registries);
  if (others.length > 0 && missing.length === KUBELET_KEYS.length) {
    return note(check, `finds logins for ${others.join(', ')}, none for Google's registries`, install);
  }
  if (report.credentials === 'none' || missing.length > 0) {
    const detail = `${nodeLayout().kubeletDockerConfig} has no login for ${missing.join(', ')}`;
    return bad(check, 'NODE_FAILED', detail, install);
  }
  if (report.credentials === 'expired') return bad(check, 'NODE_FAILED', 'its login has expired', install);
  if ((await node.exec(['systemctl', 'is-active', KUBELET_SERVICE])).stdout.trim() !== 'active') {
    const detail = 'the kubelet is not running';
    return bad(check, 'NODE_FAILED', detail, `docker exec ${node.name} journalctl -u kubelet --no-pager -n 20`);
  }
  const { pending } = report.kubeletRestarts;
  if (pending !== null)
    return note(check, `waits for a restart: ${pending}`, 'It is restarted automatically within minutes.');
  return ok(check, `finds logins for all of Google's registries, ${validity(report, now)}`);
}

/** Reported only when it differs: a node's clock is this machine's, unless the engine runs in a virtual machine. */
async function nodeClock(node: KindNode, now: () => Date): Promise<readonly Finding[]> {
  const time = Number(await node.run(['date', '+%s'])) * 1000;
  const advice =
    "The engine's machine has slept, or its clock is wrong: restart Docker Desktop, Colima or podman machine.";
  const finding = clockFinding(`${node.name} clock`, time, now().getTime(), advice);
  return finding.outcome === 'ok' ? [] : [finding];
}
