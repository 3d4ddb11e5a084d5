import { errorMessage, KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';

/** Something that is kept valid: a node, a mounted config, a pull secret. */
export interface Item {
  /** Another one when it has to be looked at as if it were new: a node that was restarted, for example. */
  readonly key: string;
  /** For log lines. */
  readonly name: string;
  /** Brings it to its desired state; resolves with when to look again, undefined for never. Throws KindGcrError. */
  reconcile(): Promise<Date | undefined>;
  /** A moment at which to look again at the latest, however long the back-off after a failure is. */
  lookBy?(): Promise<Date | undefined>;
}

/** What a queue needs. */
export interface QueueOptions {
  readonly log: Logger;
  readonly now: () => Date;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Whether an error was logged already, by what the items share. */
  readonly isLogged?: (error: Error) => boolean;
}

/** Items with the time at which each is due. */
export interface Queue {
  /** Reconciles those of the items that are new or due, and forgets those that are no longer there. Resolves with the failures. */
  run(items: readonly Item[]): Promise<readonly Error[]>;
  /** Whether an item is due. */
  isDue(): boolean;
  /** Makes items that failed due now, or all of them. */
  retry(all?: boolean): void;
}

interface Entry {
  readonly name: string;
  /** Undefined: never again. */
  dueAt: Date | undefined;
  /** Failures in a row. */
  failures: number;
  /** The last failure that was logged. */
  logged: string;
}

interface Failure {
  readonly entry: Entry;
  readonly error: Error;
}

/** Milliseconds until a failed item is tried again: doubling, with jitter. */
const FIRST_RETRY = 15_000;
const LAST_RETRY = 300_000;

/** A queue without items. Only one run at a time. */
export function queue({ log, now, random, signal, isLogged = () => false }: QueueOptions): Queue {
  const entries = new Map<string, Entry>();
  const isDue = ({ dueAt }: Entry) => dueAt !== undefined && dueAt <= now();

  async function reconcile(item: Item): Promise<Failure | undefined> {
    const entry = entries.get(item.key) ?? { name: item.name, dueAt: now(), failures: 0, logged: '' };
    entries.set(item.key, entry);
    try {
      entry.dueAt = await item.reconcile();
      entry.failures = 0;
      entry.logged = '';
      return undefined;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const delay = Math.min(FIRST_RETRY * 2 ** entry.failures, LAST_RETRY) * (0.8 + 0.4 * random());
      const retryAt = new Date(now().getTime() + delay);
      const lookBy = await item.lookBy?.();
      entry.failures += 1;
      entry.dueAt = lookBy !== undefined && lookBy > now() && lookBy < retryAt ? lookBy : retryAt;
      return signal.aborted ? undefined : { entry, error };
    }
  }

  function forget(present: ReadonlySet<string>): void {
    for (const [key, { name }] of entries) {
      if (present.has(key)) continue;
      entries.delete(key);
      log.info(`${name} is gone or was stopped`);
    }
  }

  return {
    async run(items) {
      forget(new Set(items.map(({ key }) => key)));
      const due = items.filter(({ key }) => {
        const entry = entries.get(key);
        return entry === undefined || isDue(entry);
      });
      const failures = (await Promise.all(due.map(reconcile))).filter((failure) => failure !== undefined);
      logFailures(
        failures.filter(({ error }) => !isLogged(error)),
        log,
      );
      return failures.map(({ error }) => error);
    },
    isDue: () => [...entries.values()].some(isDue),
    retry(all = false) {
      for (const entry of entries.values()) if (all || entry.failures > 0) entry.dueAt = now();
    },
  };
}

/** One line for each reason, not for each item, and none for a reason that was logged before. */
function logFailures(failures: readonly Failure[], log: Logger): void {
  for (const [reason, group] of Map.groupBy(failures, ({ error }) => errorMessage(error))) {
    const fresh = group.filter(({ entry }) => entry.logged !== reason);
    for (const { entry } of fresh) entry.logged = reason;
    const [first] = fresh;
    if (first === undefined) continue;
    log.error(reason, { items: fresh.map(({ entry }) => entry.name).join(', '), ...detailsOf(first.error) });
  }
}

/** What belongs beside an error's message in a log line. */
export function detailsOf(error: Error): Record<string, string | undefined> {
  if (error instanceof KindGcrError) return { code: error.code, hint: error.hint };
  return { stack: error.stack };
}
