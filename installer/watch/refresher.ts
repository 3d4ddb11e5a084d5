import { errorMessage, KindGcrError } from '../../core/errors.ts';
import { detailsOf, type Item, type Queue, type QueueOptions, queue } from './queue.ts';

/** Where items come from; asked at each look. */
export interface ItemSource {
  /** For log lines. */
  readonly name: string;
  /** Throws KindGcrError when they can't be listed. */
  items(): Promise<readonly Item[]>;
}

/** Keeps everything that its sources list valid. */
export interface Refresher {
  /** Lists all items and reconciles those that are new or due. Resolves with what failed. Only one look at a time. */
  look(): Promise<readonly Error[]>;
  /** Whether a look is needed without any event: an item is due, or the last look was a while ago. */
  isDue(): boolean;
  /** Makes everything that failed due now, or all there is. */
  retry(all?: boolean): void;
}

/** Milliseconds after which to look even if nothing calls for it: events can get lost. */
const LOOK_AT_LEAST = 60_000;

/** A refresher that has not looked yet. Items of a source that can't be listed are kept as they are until it can. */
export function refresher(sources: readonly ItemSource[], options: QueueOptions): Refresher {
  const { now } = options;
  const queues = sources.map((source) => ({ queue: queue(options), list: listing(source, options) }));
  let lastLook: Date | undefined;

  async function lookAt({ queue, list }: { queue: Queue; list: Listing }): Promise<readonly Error[]> {
    const items = await list();
    return items instanceof KindGcrError ? [items] : await queue.run(items);
  }

  return {
    async look() {
      lastLook = now();
      return (await Promise.all(queues.map(lookAt))).flat();
    },
    retry(all) {
      for (const { queue } of queues) queue.retry(all);
    },
    isDue() {
      if (lastLook === undefined || now() < lastLook) return true; // the clock was set back
      return now().getTime() - lastLook.getTime() >= LOOK_AT_LEAST || queues.some(({ queue }) => queue.isDue());
    },
  };
}

type Listing = () => Promise<readonly Item[] | KindGcrError>;

/** Lists a source's items; logs a failure once while it lasts. */
function listing({ name, items }: ItemSource, { log, signal }: Pick<QueueOptions, 'log' | 'signal'>): Listing {
  let logged = '';
  return async () => {
    try {
      const found = await items();
      if (logged !== '') log.info(`${name} can be listed again`);
      logged = '';
      return found;
    } catch (error) {
      if (!(error instanceof KindGcrError)) throw error;
      const message = errorMessage(error);
      if (message !== logged && !signal.aborted) log.error(message, detailsOf(error));
      logged = message;
      return error;
    }
  };
}
