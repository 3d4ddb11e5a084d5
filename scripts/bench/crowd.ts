import { type Contestant, runOnce } from './contestant.ts';

/** Runs that many calls at once and resolves with the milliseconds until the last one exits. Rejects when one failed. */
export async function crowd(contestant: Contestant, size: number): Promise<number> {
  const begin = performance.now();
  const ends = await Promise.allSettled(Array.from({ length: size }, () => runOnce(contestant)));
  const elapsed = performance.now() - begin;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return elapsed;
}
