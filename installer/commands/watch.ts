import { Option } from 'commander';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { VERSION } from '../../core/version.ts';
import { defineCommand } from '../cli/command.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { clearLoginFailure } from '../host/login-failure.ts';
import { readSettings } from '../host/settings.ts';
import { kindContainers } from '../kind/containers.ts';
import { dockerKeeper } from '../watch/docker-keeper.ts';
import { engineOnceThere, followEngine } from '../watch/follow-engine.ts';
import { mountedItems } from '../watch/mounted-config.ts';
import { nodeItems } from '../watch/node-items.ts';
import { oneAtATime } from '../watch/one-at-a-time.ts';
import { secretItems } from '../watch/pull-secrets.ts';
import { nodeReconciler } from '../watch/reconcile-node.ts';
import { refresher } from '../watch/refresher.ts';
import { sharedLogin } from '../watch/shared-login.ts';
import { takeWatchLock } from '../watch/watch-lock.ts';

/** Which clusters to look after. */
export interface WatchFlags {
  readonly all?: true;
  readonly name?: readonly string[];
  readonly once?: true;
}

/** Seconds from tick to tick. Most ticks look at a clock and do nothing else. */
const TICK = 15;

/** `kindgcr watch`. */
export const watchCommand = defineCommand<WatchFlags, [], CommandContext>({
  name: 'watch',
  summary: 'keep clusters supplied: new nodes, restarted nodes, tokens that are about to expire',
  description:
    'Keeps running and looks after the clusters that you chose: a node that is new or was restarted gets the agent and a token ' +
    'at once, and nodes that get their tokens from this machine get a new one before the old one expires. You choose a cluster by ' +
    'kindgcr install, or here. To run it in the background: kindgcr service install',
  options: [
    new Option('--all', 'look after every kind cluster on this machine, also future ones'),
    new Option('--name <cluster...>', 'look after these, too; they need not exist yet'),
    new Option('--once', 'look once, then exit; fails when a node could not be supplied'),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr watch                  the clusters that you have installed into
  kindgcr watch --name dev       "dev", too, as soon as it is created
  kindgcr watch --all --once     every cluster, now: for cron`,
  async run({ flags }, context) {
    await watch(flags, context);
    return undefined; // it logs what it does
  },
});

async function watch(flags: WatchFlags, context: CommandContext): Promise<void> {
  const log = await context.lastingLog();
  const release = await takeWatchLock(context.user);
  const { signal } = context;
  try {
    const engine = engineOnceThere(context);
    const containers = async () => await kindContainers(await engine());
    const within = { ...context, log, engine, containers, chosen: () => choice(flags, context) };
    const docker = dockerKeeper(within);
    const isExpected = async ({ code }: KindGcrError) =>
      code === 'CREDENTIAL_NOT_FOUND' && (await docker.logins()).logins.length > 0; // nodes need no Google then
    const login = sharedLogin(within, undefined, isExpected);
    const all = { ...within, freshLogin: login.fresh, docker };
    const sources = [nodeItems({ ...all, reconcile: nodeReconciler(all) }), mountedItems(all), secretItems(all)];
    const looking = refresher(sources, { ...within, random: Math.random, isLogged: login.isLogged });
    if (flags.once) return await lookOnce(await looking.look(), signal);
    log.info('kindgcr watch is running', { version: VERSION, clusters: await inWords(flags, context) });
    const look = oneAtATime(async () => void (await looking.look().catch((error: unknown) => tellBug(log, error))));
    const following = followEngine(engine, look, context);
    const tick = async () => {
      if (await login.recovered()) looking.retry();
      if (await docker.hasNews()) looking.retry(true);
      if (looking.isDue()) await look();
    };
    const { ticking } = await import('../../core/system/ticks.ts'); // with node-cron, for this command alone
    await ticking(tick, { everySeconds: TICK, signal });
    await following;
    await clearLoginFailure(context.user);
    log.info('kindgcr watch has stopped');
  } finally {
    release();
  }
}

async function lookOnce([failure]: readonly Error[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (failure !== undefined) throw failure;
}

async function choice({ all, name = [] }: WatchFlags, { user }: CommandContext) {
  const { clusters } = await readSettings(user);
  return (cluster: string) => all === true || name.includes(cluster) || clusters.includes(cluster);
}

async function inWords({ all, name = [] }: WatchFlags, { user }: CommandContext): Promise<string> {
  if (all) return 'all';
  const { clusters } = await readSettings(user);
  const names = [...new Set([...clusters, ...name])];
  return names.length > 0 ? names.join(',') : 'none yet; choose one: kindgcr install --name CLUSTER';
}

/** Also a bug in one look is no reason to leave all clusters alone. */
function tellBug(log: Logger, error: unknown): void {
  if (error instanceof KindGcrError) log.error(error.message, { code: error.code, hint: error.hint });
  else log.error('a bug in kindgcr', { stack: error instanceof Error ? error.stack : errorMessage(error) });
}
