import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { KindContainer } from '../kind/containers.ts';

/** What a refresher knows how to do to one node. */
export interface NodeCare {
  /**
   * Sees to it that a node has an agent with valid credentials, and answers until when it needs nobody; undefined for a
   * node that feeds itself. Throws KindGcrError.
   */
  tend(node: KindContainer): Promise<Date | undefined>;
}

/** The world of a refresher. */
export interface RefresherWorld {
  /** All of kind's containers. Throws when the engine does not answer. */
  containers(): Promise<readonly KindContainer[]>;
  /** The rule by which clusters are chosen; asked at each look, since the person may choose another meanwhile. */
  chosen(): Promise<(cluster: string) => boolean>;
  readonly care: NodeCare;
  readonly log: Logger;
  readonly now: () => Date;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Keeps the nodes of chosen clusters supplied. */
export interface Refresher {
  /** One look at all nodes: tends those that are new, were started again, or are due. Answers with what failed. */
  look(): Promise<readonly Error[]>;
  /** Whether a look is called for without any news: a node is due, or none has been taken for a while. */
  isDue(): boolean;
}

/** What is remembered of a node, for as long as its container lives. */
interface Memory {
  readonly name: string;
  /** Undefined: never again. */
  dueAt: Date | undefined;
  failures: number;
  /** The last failure that was told. */
  told: string;
}

/** Milliseconds after which a look is taken even if nothing calls for it: events can get lost. */
const LOOK_AT_LEAST = 60_000;

/** Milliseconds until a failed node is tried again: doubling, with some jitter. */
const FIRST_RETRY = 15_000;
const LAST_RETRY = 300_000;

/** A refresher that knows no node yet. Only one look may be taken at a time. */
export function refresher(world: RefresherWorld): Refresher {
  const { care, log, now, random, signal } = world;
  const memories = new Map<string, Memory>();
  const leftAlone = new Set<string>();
  let lastLook: Date | undefined;
  let engineFailure = '';

  const isDueAt = ({ dueAt }: Memory) => dueAt !== undefined && dueAt <= now();

  async function look(): Promise<readonly Error[]> {
    lastLook = now();
    let containers: readonly KindContainer[];
    let isChosen: (cluster: string) => boolean;
    try {
      [containers, isChosen] = await Promise.all([world.containers(), world.chosen()]);
    } catch (error) {
      return tellEngineFailure(error);
    }
    if (engineFailure !== '') log.info('the container engine answers again');
    engineFailure = '';
    const nodes = containers.filter(({ isNode, running }) => isNode && running);
    forget(new Set(nodes.map(({ life }) => life)));
    tellLeftAlone(nodes, isChosen);
    const due = nodes.filter(({ cluster, life }) => {
      const memory = memories.get(life);
      return isChosen(cluster) && (memory === undefined || isDueAt(memory));
    });
    const failures = (await Promise.all(due.map(tend))).filter((failure) => failure !== undefined);
    tellFailures(failures);
    return failures.map(({ error }) => error);
  }

  async function tend(node: KindContainer): Promise<{ memory: Memory; error: Error } | undefined> {
    const memory = memories.get(node.life) ?? { name: node.name, dueAt: now(), failures: 0, told: '' };
    memories.set(node.life, memory);
    try {
      memory.dueAt = await care.tend(node);
      memory.failures = 0;
      memory.told = '';
      return undefined;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const wait = Math.min(FIRST_RETRY * 2 ** memory.failures, LAST_RETRY) * (0.8 + 0.4 * random());
      memory.failures += 1;
      memory.dueAt = new Date(now().getTime() + wait);
      return signal.aborted ? undefined : { memory, error };
    }
  }

  function forget(living: ReadonlySet<string>): void {
    for (const [life, { name }] of memories) {
      if (living.has(life)) continue;
      memories.delete(life);
      log.info('a node has gone or stopped', { node: name });
    }
  }

  function tellLeftAlone(nodes: readonly KindContainer[], isChosen: (cluster: string) => boolean): void {
    const others = new Set(nodes.map(({ cluster }) => cluster).filter((cluster) => !isChosen(cluster)));
    for (const cluster of leftAlone) if (!others.has(cluster)) leftAlone.delete(cluster);
    for (const cluster of others) {
      if (leftAlone.has(cluster)) continue;
      leftAlone.add(cluster);
      log.info('left a cluster alone that was not chosen', { cluster, choose: `kindgcr install --name ${cluster}` });
    }
  }

  /** One line a reason, not one a node; and nothing about what was told already. */
  function tellFailures(failures: readonly { readonly memory: Memory; readonly error: Error }[]): void {
    const byReason = Map.groupBy(failures, ({ error }) => error.message);
    for (const [reason, group] of byReason) {
      const news = group.filter(({ memory }) => memory.told !== reason);
      for (const { memory } of news) memory.told = reason;
      const [first] = news;
      if (first === undefined) continue;
      log.error(reason, { nodes: news.map(({ memory }) => memory.name).join(','), ...factsOf(first.error) });
    }
  }

  function tellEngineFailure(error: unknown): readonly Error[] {
    if (!(error instanceof KindGcrError)) throw error;
    const message = errorMessage(error);
    if (message !== engineFailure && !signal.aborted) log.error(message, factsOf(error));
    engineFailure = message;
    return [error];
  }

  return {
    look,
    isDue() {
      if (lastLook === undefined || now() < lastLook) return true; // the clock was set back
      return now().getTime() - lastLook.getTime() >= LOOK_AT_LEAST || [...memories.values()].some(isDueAt);
    },
  };
}

function factsOf(error: Error): Record<string, string | undefined> {
  if (error instanceof KindGcrError) return { code: error.code, hint: error.hint };
  return { stack: error.stack };
}
