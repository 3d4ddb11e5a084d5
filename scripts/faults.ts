import { parseArgs } from 'node:util';
import { FAULT_CASES } from '../test/faults/cases.ts';
import type { FaultCase } from '../test/faults/fault-case.ts';
import { runNamedTests, type TestEnd } from '../test/faults/named-tests.ts';

// node scripts/faults.ts [--no-e2e] [--project NAME] [WORDS]
// Goes through the list of everything that may go wrong (test/faults), or through the cases that have these words in their
// area or name; runs the tests that show what happens then, and prints a line a case. With the end-to-end tests it takes
// half an hour; without, some minutes.
const { values, positionals } = parseArgs({
  options: { e2e: { type: 'boolean', default: true }, project: { type: 'string', multiple: true } },
  allowNegative: true,
  allowPositionals: true,
});
const { e2e, project } = values;

const progress = (line: string) => console.error(line);
const isChosen = (name: string) => (e2e || name !== 'e2e') && (project === undefined || project.includes(name));
const cases = FAULT_CASES.filter(({ area, name }) => `${area}: ${name}`.includes(positionals.join(' ')));
if (cases.length === 0) {
  console.error('error: no case has these words; all of them are in test/faults/cases');
  process.exit(2);
}
const tests = cases.flatMap(({ shownBy }) => shownBy);
progress(`${cases.length} cases, shown by ${new Set(tests.map(({ file }) => file)).size} files of tests`);
const endOf = await runNamedTests(tests, isChosen, (file) => progress(`done: ${file}`));

const counts = { passed: 0, failed: 0, skipped: 0 };
let area = '';
for (const one of cases) {
  if (one.area !== area) console.log(`\n${one.area}`);
  area = one.area;
  const ends = one.shownBy.map((test) => ({ ...test, end: endOf(test) }));
  const state = (['failed', 'skipped'] as const).find((bad) => ends.some(({ end }) => end.state === bad)) ?? 'passed';
  counts[state] += 1;
  console.log(lines(one, ends, state));
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** One line for a case; for one that failed, one more for each test that did not pass. */
function lines({ name }: FaultCase, ends: readonly { file: string; name: string; end: TestEnd }[], state: string) {
  const bad = ends.flatMap(({ end, ...test }) => (end.state === 'passed' ? [] : [{ ...test, why: end.why }]));
  if (state === 'passed') return `  ✓ ${name}`;
  if (state === 'skipped') return `  – ${name}: skipped, ${bad[0]?.why}`;
  return [`  ✗ ${name}`, ...bad.map((test) => `      test/${test.file} > ${test.name}: ${test.why}`)].join('\n');
}
