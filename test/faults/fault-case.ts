/** A test by its place and its full name, as vitest prints it: `describe > test`, with the row where it has rows. */
export interface TestName {
  /** From the folder `test/`. */
  readonly file: string;
  readonly name: string;
}

/** One way in which things go wrong, and the tests that show what happens then. */
export interface FaultCase {
  readonly area: string;
  readonly name: string;
  /** The most real test there is comes first; the case holds when all of them pass. */
  readonly shownBy: readonly TestName[];
}

/** Names tests of one file. */
export function testsOf(file: string): (name: string) => TestName {
  return (name) => ({ file, name });
}

/** The cases of one area, by what goes wrong. */
export function faultCases(
  area: string,
  cases: Readonly<Record<string, TestName | readonly TestName[]>>,
): readonly FaultCase[] {
  return Object.entries(cases).map(([name, shownBy]) => ({ area, name, shownBy: [shownBy].flat() }));
}
