import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '../context.ts';
import { type ContainerEngine, findEngine } from '../kind/container-engine.ts';
import { clusterEvents } from './cluster-events.ts';

/** Milliseconds until the engine's events are followed again after their end. */
const FOLLOW_AGAIN = 5000;

/** Takes a look at each piece of news, and whenever the events can be followed again: nobody knows what went by meanwhile. */
export async function followEngine(
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
export function engineOnceThere({ exec, person }: CommandContext): () => Promise<ContainerEngine> {
  let engine: Promise<ContainerEngine> | undefined;
  return () => {
    engine ??= findEngine(exec, person.env).catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
    return engine;
  };
}
