import type { StatusReport } from '../../core/node/status-report.ts';
import { KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import type { RunResult } from '../support/run/run.ts';
import type { LabNode } from './lab-node.ts';

const UNIT = 'kindgcr-agent.service';
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const CLOCK = '/run/agent-clock';

/** What the agent in a node says of itself. */
export async function statusOf(node: LabNode): Promise<StatusReport> {
  return JSON.parse(await node.sh('kindgcr-agent status --json'));
}

/** The reasons of all restarts of the kubelet in the node's journal, in order. */
export async function restartsTold(node: LabNode): Promise<string[]> {
  const journal = await node.sh(`journalctl --unit ${UNIT} --output cat`);
  return [...journal.matchAll(/^restarted the kubelet reason="([^"]*)"/gm)].map(([, reason = '']) => reason);
}

/** Hands a token that lives so many seconds in, as the host does. */
export function handIn(node: LabNode, token: string, seconds: number): Promise<RunResult> {
  const login = {
    registries: KUBELET_KEYS,
    username: 'oauth2accesstoken',
    secret: `ya29.${token}`,
    expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
    owner: 'google',
  };
  return node.exec(['kindgcr-agent', 'receive'], JSON.stringify({ version: 1, logins: [login] }));
}

/**
 * Makes the wall clock of the agent's service one that `leap` turns, while its monotonic clock, by which the kubelet's
 * cache goes, runs on as it is: what suspend does to a process. Returns why it can't where Debian's faketime isn't to be had.
 */
export async function giveClock(node: LabNode): Promise<string | undefined> {
  const obstacle = await debianPrograms({ faketime: 'faketime' });
  if (obstacle !== undefined) return obstacle;
  await node.docker('cp', LIBRARY, `${node.name}:/usr/local/lib/agent-clock.so`);
  await leap(node, '+0');
  await node.sh(`mkdir -p /etc/systemd/system/${UNIT}.d
    cat > /etc/systemd/system/${UNIT}.d/clock.conf << 'END'
[Service]
Environment=LD_PRELOAD=/usr/local/lib/agent-clock.so FAKETIME_TIMESTAMP_FILE=${CLOCK} FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
END
    systemctl daemon-reload; systemctl restart ${UNIT}`);
  return undefined;
}

/** Sets that clock, relative to the true time: `+8h`. */
export async function leap(node: LabNode, offset: string): Promise<void> {
  await node.sh(`echo '${offset}' > ${CLOCK}.new && mv ${CLOCK}.new ${CLOCK}`);
}

/** Gives the agent's service the true time again. */
export async function takeClock(node: LabNode): Promise<void> {
  await node.sh(`rm /etc/systemd/system/${UNIT}.d/clock.conf; systemctl daemon-reload; systemctl restart ${UNIT}`);
}
