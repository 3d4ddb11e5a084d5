import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import type { Delivery } from '../../core/node/agent-config.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import type { CommandContext } from '../context.ts';
import { accountsOf, googleBeside, keysOf, loginsFor, type NodeLogins, withGoogle } from '../host/node-logins.ts';
import { readSettings } from '../host/settings.ts';
import type { ContainerEngine } from '../kind/container-engine.ts';
import type { KindContainer } from '../kind/containers.ts';
import { type KindNode, kindNode } from '../kind/node.ts';
import { agentExecutable } from '../ways/agent/executable.ts';
import { firstConfig } from '../ways/agent/first-config.ts';
import { hasAgent } from '../ways/agent/inspect-node.ts';
import { agentStatus, putAgent, sendLogins } from '../ways/agent/put-agent.ts';
import { supplyFrom } from '../ways/agent/supply.ts';
import { visit } from '../ways/agent/visit.ts';
import { settleDelivery } from '../ways/plugin/delivery.ts';
import { trustAllInNode } from '../ways/trust/node-trust.ts';
import type { DockerKeeper } from './docker-keeper.ts';
import type { SharedLogin } from './shared-login.ts';

/** Milliseconds since its start for which a node may still be booting, and how often to look. */
const BOOT_TIME = 60_000;
const LOOK_AGAIN = 500;

/** Minimum milliseconds between two looks at a node, however short-lived its token is. */
const NOT_SOONER = 10_000;

/** A line of the node's log after which commands can run in it without disturbing systemd's start. kind waits for it, too. */
const BOOTED = /Reached target .*Multi-User System|detected cgroup v1/;

/** What reconciling a node needs. */
export interface ReconcileContext extends CommandContext {
  readonly engine: () => Promise<ContainerEngine>;
  readonly freshLogin: SharedLogin;
  readonly docker: DockerKeeper;
}

/** Installs the agent in a node that has none, and sends a fresh login to one that gets its logins from this machine. */
export function nodeReconciler(context: ReconcileContext): (container: KindContainer) => Promise<Date | undefined> {
  const { log, now, user, signal, engine, freshLogin, docker } = context;
  /** By a container's life: the logins of Docker's that it got. */
  const sent = new Map<string, string>();
  return async (container) => {
    const node = kindNode(await engine(), container.name);
    await booted(await engine(), container, context);
    if (!(await hasAgent(node))) {
      // Where the user wants no agent there is nothing to do for a node.
      const { ways = {} } = await readSettings(user);
      const way = ways[container.cluster];
      if (way === 'static-key' || way === 'mounted-config') return undefined;
      return await install(node, container.life, way === 'credential-provider' ? way : undefined);
    }
    const status = await agentStatus(node);
    const mints = status.source === 'keyfile';
    const fromDocker = await docker.logins();
    const owners = withGoogle(fromDocker.owners);
    const hasOthers = (status.logins ?? []).some(({ owner }) => !owners.includes(owner));
    const isNews = hasOthers || (sent.get(container.life) ?? digestOf([])) !== digestOf(fromDocker.logins);
    if ((mints || isSupplied(status)) && !isNews) return nextLook(status, mints);
    const google = mints ? undefined : await googleBeside(fromDocker, freshLogin, { isRequired: !hasOthers });
    const found: NodeLogins = { google, docker: fromDocker, owners };
    await sendLogins(node, loginsFor(found, { mints }), { owners });
    sent.set(container.life, digestOf(fromDocker.logins));
    log.info('sent fresh credentials', {
      node: node.name,
      account: accountsOf(found),
      expiresAt: google?.login.expiresAt,
    });
    return nextLook(await agentStatus(node), mints);
  };

  /** A restarted node has lost its logins, which are on tmpfs, and then has no renewal time. */
  function isSupplied({ credentials, nextRenewalAt }: StatusReport): boolean {
    return credentials === 'valid' && nextRenewalAt !== null && new Date(nextRenewalAt) > now();
  }

  async function install(node: KindNode, life: string, delivery: Delivery | undefined): Promise<Date | undefined> {
    const choice = chooseSource(user);
    const fromDocker = await docker.logins();
    const google = await googleBeside(fromDocker, freshLogin);
    const found: NodeLogins = { google, docker: fromDocker, owners: withGoogle(fromDocker.owners) };
    const supply = await supplyFrom(choice, found, { restart: 'when-needed', delivery });
    const step = (what: string) => log.debug(`${node.name}: ${what}`);
    const status = await visit(node, firstConfig(supply), async (visited) => {
      const { facts } = visited;
      const executable = await agentExecutable(facts.machine, context);
      const report = await putAgent(node, { executable, ...supply }, { signal, step }, visited);
      await trustAllInNode(node, context);
      await settleDelivery(node, { delivery, keys: keysOf(found), hasPlugin: facts.hasPlugin }, step);
      return report;
    });
    sent.set(life, digestOf(fromDocker.logins));
    log.info('installed the agent', { node: node.name, account: accountsOf(found), expiresAt: status.expiresAt });
    return nextLook(status, supply.key !== undefined);
  }

  /** A node that mints its own tokens needs this machine for Docker's logins alone. */
  function nextLook(status: StatusReport, mints: boolean): Date | undefined {
    const again = docker.askAgainAt();
    if (mints) return again;
    const renewal = status.nextRenewalAt === null && again !== undefined ? again : nextRenewal(status);
    return again !== undefined && again < renewal ? again : renewal;
  }

  function nextRenewal({ nextRenewalAt, expiresAt }: StatusReport): Date {
    const soon = new Date(now().getTime() + NOT_SOONER);
    const at = nextRenewalAt ?? expiresAt;
    return at === null || new Date(at) < soon ? soon : new Date(at);
  }
}

/** A digest of a set of logins, for comparison only; never printed. */
function digestOf(logins: NodeLogins['docker']['logins']): string {
  const all = logins.map(({ login }) => JSON.stringify([login.registries, login.username, login.secret])).toSorted();
  return createHash('sha256').update(all.join()).digest('hex');
}

/** Waits until a node that was just started can run commands, for a limited time. */
async function booted(
  engine: ContainerEngine,
  { name, startedAt }: KindContainer,
  { now, signal }: CommandContext,
): Promise<void> {
  const since = startedAt.toISOString();
  while (now().getTime() - startedAt.getTime() < BOOT_TIME) {
    signal.throwIfAborted();
    const { stdout, stderr } = await engine.exec(['logs', '--since', since, name], { timeout: 10_000 });
    if (BOOTED.test(stdout) || BOOTED.test(stderr)) return;
    await sleep(LOOK_AGAIN, undefined, { signal });
  }
}
