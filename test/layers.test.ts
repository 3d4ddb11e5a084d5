import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/run/run.ts';

/** The layers, lowest first. A file may import from its own layer and from those below. Biome refuses import cycles. */
const LAYERS: readonly (readonly [RegExp, string])[] = [
  [/^core\/[^/]+$/, 'core'],
  [/^core\/system\//, 'system'],
  [/^core\/google\//, 'google'],
  [/^core\/registry\//, 'registry'],
  [/^core\/node\//, 'node'],
  [/^(helper|agent|installer)\//, 'programs'],
  [/^[^/]+\.ts$/, 'executables'],
];

const files = globSync(['*.ts', '{core,helper,agent,installer}/**/*.ts'], { cwd: REPOSITORY })
  .filter((file) => file !== 'vitest.config.ts')
  .sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));

test('every file belongs to a layer', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => layer(file) === -1)).toEqual([]);
});

test('imports point down', () => {
  expect(importPairs().filter(([from, to]) => layer(to) > layer(from))).toEqual([]);
});

test('no program imports another', () => {
  const program = (file: string) => /^(helper|agent|installer)\//.exec(file)?.[1];
  const across = importPairs().filter(([from, to]) => program(from) && program(to) && program(from) !== program(to));
  expect(across).toEqual([]);
});

test("imports between folders point down CONTRIBUTING's list", () => {
  const listed = listedFolders();
  const isWithin = (one: string, other: string) => `${one}/`.startsWith(`${other}/`);
  const up = importPairs().filter(([from, to]) => {
    const [mine, other] = [dirname(from), dirname(to)];
    return !isWithin(mine, other) && !isWithin(other, mine) && listed.indexOf(other) < listed.indexOf(mine);
  });
  expect(up.map(([from, to]) => `${from} -> ${to}`)).toEqual([]);
});

test("every folder has a line in CONTRIBUTING's list, and every line its folder", () => {
  const listed = listedFolders();
  const sources = globSync('{core,helper,agent,installer,scripts}/**/*.ts', { cwd: REPOSITORY }).map(dirname);
  expect([...new Set(sources)].filter((folder) => !listed.includes(folder))).toEqual([]);
  expect(listed.filter((folder) => !existsSync(join(REPOSITORY, folder)))).toEqual([]);
});

test('tests mirror the folders that they test', () => {
  const folders = globSync('test/{core,helper,agent,installer,scripts}/**/*.test.ts', { cwd: REPOSITORY }).map(dirname);
  const misplaced = [...new Set(folders)].filter((folder) => !existsSync(join(REPOSITORY, relative('test', folder))));
  expect(misplaced).toEqual([]);
});

test('only main.ts files and the host executable read process', () => {
  const readers = files.filter((file) =>
    /\bprocess\.(env|argv|exit|stdin|stdout|stderr|cwd|on|once)\b/.test(read(file)),
  );
  // A signal for this process has to reach the process groups that it has started.
  const others = ['host.ts', 'core/system/process-group.ts'];
  expect(readers.filter((file) => !/(^|\/)main\.ts$/.test(file) && !others.includes(file))).toEqual([]);
});

/** The folders of the list, by path; a subfolder is indented by two columns. */
function listedFolders(): readonly string[] {
  const way: string[] = [];
  return [...read('CONTRIBUTING.md').matchAll(/^( *)([\w-]+)\/ {2,}\S/gm)].map(([, indent = '', name = '']) => {
    way.splice(indent.length / 2, Number.POSITIVE_INFINITY, name);
    return way.join('/');
  });
}

function importPairs(): readonly (readonly [string, string])[] {
  return [...imports].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));
}

function layer(file: string): number {
  return LAYERS.findIndex(([place]) => place.test(file));
}

/** Static, type-only and dynamic imports of our own files, and re-exports from them. */
function importsOf(file: string): readonly string[] {
  const specifiers = [...read(file).matchAll(/\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(
    (found) => found[1] ?? '',
  );
  return specifiers
    .filter((specifier) => specifier.endsWith('.ts'))
    .map((specifier) => relative(REPOSITORY, join(REPOSITORY, dirname(file), specifier)));
}

function read(file: string): string {
  return readFileSync(join(REPOSITORY, file), 'utf8');
}
