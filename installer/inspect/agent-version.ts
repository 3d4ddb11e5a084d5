import { VERSION } from '../../core/version.ts';

/** Whether an agent's version is older than this kindgcr; false when they can't be compared. */
export function isOlder(version: string, than = VERSION): boolean {
  const [mine, theirs] = [numbersOf(than), numbersOf(version)];
  const first = mine.findIndex((number, index) => number !== theirs[index]);
  return first !== -1 && (theirs[first] ?? 0) < (mine[first] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  const [, ...parts] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return parts.map(Number);
}
