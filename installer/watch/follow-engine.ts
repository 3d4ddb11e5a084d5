import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '../context.ts';
import { type ContainerEngine, findEngine } from '../kind/container-engine.ts';
import { clusterEvents } from './cluster-events.ts';

/** Milliseconds before reconnecting to the engine's event stream. */
const FOLLOW_AGAIN = 5000;

/** Looks after each event, and after each reconnect, since events may have been missed. */
export async function followEngine(
  engine: () => Promise<ContainerEngine>,
  look: () => Promise<void>,
  { followLines, signal, now }: Pick<CommandContext, 'followLines' | 'signal' | 'now'>,
): Promise<void> {
  for (let again = false; !signal.aborted; again = true) {
    const since = now();
    const found = await engine().catch(() => undefined); // the next look reports the failure
    if (found !== undefined) {
      if (again) void look();
      for await (const _ of clusterEvents(found, { followLines, signal, since })) void look();
    }
    await sleep(FOLLOW_AGAIN, undefined, { signal }).catch(() => {});
  }
}

/** The engine, as soon as there is one: after login the watch may start before it. */
export function engineOnceThere({ exec, user }: CommandContext): () => Promise<ContainerEngine> {
  let engine: Promise<ContainerEngine> | undefined;
  return () => {
    engine ??= findEngine(exec, user.env).catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
    return engine;
  };
}
