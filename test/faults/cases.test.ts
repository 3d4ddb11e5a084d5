import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../support/run.ts';
import { FAULT_CASES } from './cases.ts';
import type { TestName } from './fault-case.ts';

// The tests themselves are run by `npm run test:faults`, which knows their names exactly. This is the quick look.

test('each case of the list is there once', () => {
  const names = FAULT_CASES.map(({ area, name }) => `${area}: ${name}`);
  expect(names.length).toBeGreaterThan(150);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('each case names tests that are in their files', () => {
  const gone = FAULT_CASES.flatMap(({ shownBy }) => shownBy).filter((one) => !isThere(one));
  expect(gone.map(({ file, name }) => `${file} > ${name}`)).toEqual([]);
});

test('a test that was renamed, and a row that was taken out, would be missed', () => {
  const file = 'faults/sample.ts';
  const source =
    "describe('sums', () => { test.each([['two', 2]])('%s: it is %j', () => {}) });\ntest(\"o'clock\", f);";
  const isIn = (name: string) => isThere({ file, name }, () => source);
  expect([isIn('sums > two: it is 2'), isIn("o'clock")]).toEqual([true, true]);
  expect([isIn('sums > three: it is 2'), isIn('sums > two: it is'), isIn('o’clock')]).toEqual([false, false, false]);
});

/** Whether each part of a test's name stands in its file: as it is, or as a title with places and what is put into them. */
function isThere({ file, name }: TestName, read = readTest): boolean {
  const source = read(file);
  const texts = [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/g)].map(
    ([, one, other]) => one ?? other ?? '',
  );
  const titles = new Set(texts.map((text) => text.replaceAll(/\\(['"\\])/g, '$1')));
  return name.split(' > ').every((part) => titles.has(part) || [...titles].some((title) => makes(title, part, source)));
}

/** Whether a title like `%s has %d` makes this name with values that stand in the file, too. */
function makes(title: string, name: string, source: string): boolean {
  if (!/%[sjd]/.test(title)) return false;
  const pattern = title
    .split(/%[sjd]/)
    .map((text) => text.replaceAll(/[^\w\s]/g, '\\$&'))
    .join('(.*)');
  const values = new RegExp(`^${pattern}$`, 's').exec(name)?.slice(1);
  return values?.every((value) => source.includes(value.replace(/^"(.*)"$/s, '$1'))) === true;
}

function readTest(file: string): string {
  const path = join(REPOSITORY, 'test', file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
