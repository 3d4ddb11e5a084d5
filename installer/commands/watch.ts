import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { ticking } from '../../core/system/ticks.ts';
import { VERSION } from '../../core/version.ts';
import type { CommandContext } from '../context.ts';
import { type ContainerEngine, findEngine } from '../kind/container-engine.ts';
import { kindContainers } from '../kind/containers.ts';
import { mountedCare } from '../mounted-config/care.ts';
import { secretCare } from '../pull-secret/care.ts';
import { readSettings } from '../settings/settings.ts';
import { clusterEvents } from '../watch/cluster-events.ts';
import { nodeCare } from '../watch/node-care.ts';
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

/** Milliseconds until the engine's events are followed again after their end. */
const FOLLOW_AGAIN = 5000;

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
    const engine = lazyEngine(context);
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
    const following = follow(engine, look, { ...context, signal });
    const tick = async () => {
      if (looking.isDue()) await look();
      await secrets.look();
      await mounted.look();
    };
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

/** Takes a look at each piece of news, and whenever the events can be followed again: nobody knows what went by meanwhile. */
async function follow(
  engine: () => Promise<ContainerEngine>,
  look: () => Promise<void>,
  { followLines, signal, now }: Pick<CommandContext, 'followLines' | 'signal' | 'now'>,
): Promise<void> {
  for (let again = false; !signal.aborted; again = true) {
    const since = now();
    const found = await engine().catch(() => undefined); // the looks tell what is wrong with it
    if (found !== undefined) {
      if (again) void look();
      for await (const _ of clusterEvents(found, { followLines, signal, since })) void look();
    }
    await sleep(FOLLOW_AGAIN, undefined, { signal }).catch(() => {});
  }
}

/** The engine, once there is one: at login the watch may be there before it. */
function lazyEngine({ exec, person }: CommandContext): () => Promise<ContainerEngine> {
  let engine: Promise<ContainerEngine> | undefined;
  return () => {
    engine ??= findEngine(exec, person.env).catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
    return engine;
  };
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

/** While one runs, any number of calls make one more. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = () => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return begin();
    next ??= running.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  };
}

/** Also a bug in one look is no reason to leave all clusters alone. */
function tellBug(log: Logger, error: unknown): void {
  if (error instanceof KindGcrError) log.error(error.message, { code: error.code, hint: error.hint });
  else log.error('a bug in kindgcr', { stack: error instanceof Error ? error.stack : errorMessage(error) });
}
