import { type Contestant, runOnce } from './contestant.ts';

/** Medians of two alternating contestants, in milliseconds. */
export interface Pair {
  readonly ours: number;
  readonly other: number;
  readonly ratio: number;
}

/** Alternates two contestants, after one run of each that fills the disk cache. */
export async function paired(ours: Contestant, other: Contestant, rounds: number): Promise<Pair> {
  await runOnce(ours);
  await runOnce(other);
  const times = await alternated(
    () => runOnce(ours),
    () => runOnce(other),
    rounds,
  );
  const [a, b] = [median(times.ours), median(times.other)];
  return { ours: a, other: b, ratio: a / b };
}

/** Alternates two measurements (A B B A …), so that other load on the machine affects both alike. */
export async function alternated<T>(
  ours: () => Promise<T>,
  other: () => Promise<T>,
  rounds: number,
): Promise<{ readonly ours: readonly T[]; readonly other: readonly T[] }> {
  const results = { ours: [] as T[], other: [] as T[] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) results.ours.push(await ours());
    results.other.push(await other());
    if (round % 2 === 1) results.ours.push(await ours());
  }
  return results;
}

/** The median; NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}
