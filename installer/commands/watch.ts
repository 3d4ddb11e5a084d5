import { Command } from 'commander';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { VERSION } from '../../core/version.ts';
import type { CommandContext } from '../context.ts';
import { readSettings } from '../host/settings.ts';
import { kindContainers } from '../kind/containers.ts';
import { engineOnceThere, followEngine } from '../watch/follow-engine.ts';
import { mountedCare } from '../watch/mounted-config.ts';
import { nodeCare } from '../watch/nodes.ts';
import { oneAtATime } from '../watch/one-at-a-time.ts';
import { secretCare } from '../watch/pull-secrets.ts';
import { refresher } from '../watch/refresher.ts';
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
export function watchCommand(context: CommandContext): Command {
  return new Command('watch')
    .summary('keep clusters supplied: new nodes, restarted nodes, tokens that are about to end')
    .description(
      'Stays and looks after the clusters that you chose: a node that is new or was restarted gets the agent and a token ' +
        'at once, and nodes that this machine feeds get a new token before the old one ends. You choose a cluster by ' +
        'kindgcr install, or here. To have it always at work: kindgcr service install',
    )
    .option('--all', 'look after every kind cluster on this machine, also those to come')
    .option('--name <cluster...>', 'look after these, too; they need not exist yet')
    .option('--once', 'one look, then end; fails when a node could not be supplied')
    .addHelpText(
      'after',
      `
Examples:
  kindgcr watch                  the clusters that you have installed into
  kindgcr watch --name dev       "dev", too, whenever somebody creates it
  kindgcr watch --all --once     every cluster, now: for cron`,
    )
    .action((flags: WatchFlags) => watch(flags, context));
}

async function watch(flags: WatchFlags, context: CommandContext): Promise<void> {
  const log = await context.lastingLog();
  const ending = new AbortController();
  const release = await takeWatchLock(context.person, (error) => ending.abort(error));
  const signal = AbortSignal.any([context.signal, ending.signal]);
  try {
    const engine = engineOnceThere(context);
    const chosen = () => choice(flags, context);
    const within = { ...context, log, signal };
    const containers = async () => await kindContainers(await engine());
    const looking = refresher({
      ...within,
      random: Math.random,
      chosen,
      care: nodeCare(engine, within),
      containers,
    });
    const secrets = secretCare(within);
    const mounted = mountedCare({ ...within, containers });
    if (flags.once)
      return await lookOnce([...(await looking.look()), ...(await secrets.look()), ...(await mounted.look())], signal);
    log.info('kindgcr watch is running', { version: VERSION, clusters: await inWords(flags, context) });
    const look = oneAtATime(async () => void (await looking.look().catch((error: unknown) => tellBug(log, error))));
    const following = followEngine(engine, look, { ...context, signal });
    const tick = async () => {
      if (looking.isDue()) await look();
      await secrets.look();
      await mounted.look();
    };
    const { ticking } = await import('../../core/system/ticks.ts'); // with node-cron, for this command alone
    await ticking(tick, { everySeconds: TICK, signal });
    await following;
    ending.signal.throwIfAborted();
    log.info('kindgcr watch has stopped');
  } finally {
    await release();
  }
}

async function lookOnce([failure]: readonly Error[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (failure !== undefined) throw failure;
}

async function choice({ all, name = [] }: WatchFlags, { person }: CommandContext) {
  const { clusters } = await readSettings(person);
  return (cluster: string) => all === true || name.includes(cluster) || clusters.includes(cluster);
}

async function inWords({ all, name = [] }: WatchFlags, { person }: CommandContext): Promise<string> {
  if (all) return 'all';
  const { clusters } = await readSettings(person);
  const names = [...new Set([...clusters, ...name])];
  return names.length > 0 ? names.join(',') : 'none yet; choose one: kindgcr install --name CLUSTER';
}

/** Also a bug in one look is no reason to leave all clusters alone. */
function tellBug(log: Logger, error: unknown): void {
  if (error instanceof KindGcrError) log.error(error.message, { code: error.code, hint: error.hint });
  else log.error('a bug in kindgcr', { stack: error instanceof Error ? error.stack : errorMessage(error) });
}
