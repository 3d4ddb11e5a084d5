import { type Contestant, runOnce } from './contestant.ts';

/** Medians of two alternating contestants, in milliseconds. */
export interface Pair {
  readonly ours: number;
  readonly other: number;
  readonly ratio: number;
}

/** Alternates two contestants (A B B A …), so that other load on the machine affects both alike. */
export async function paired(ours: Contestant, other: Contestant, rounds: number): Promise<Pair> {
  await runOnce(ours); // the first of each fills the disk cache
  await runOnce(other);
  const times = { ours: [] as number[], other: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) times.ours.push(await runOnce(ours));
    times.other.push(await runOnce(other));
    if (round % 2 === 1) times.ours.push(await runOnce(ours));
  }
  const [a, b] = [median(times.ours), median(times.other)];
  return { ours: a, other: b, ratio: a / b };
}

/** The median; NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}
