import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/run/run.ts';

/** The floors of the house, from the cellar up. A file may import from its own floor and from below. */
const FLOORS: readonly (readonly [RegExp, string])[] = [
  [/^core\/[^/]+$/, 'ground'],
  [/^core\/system\//, 'system'],
  [/^core\/google\//, 'google'],
  [/^core\/registry\//, 'registry'],
  [/^core\/node\//, 'node'],
  [/^(helper|agent|installer)\//, 'programs'],
  [/^[^/]+\.ts$/, 'roof'],
];

const files = globSync(['*.ts', '{core,helper,agent,installer}/**/*.ts'], { cwd: REPOSITORY })
  .filter((file) => file !== 'vitest.config.ts')
  .sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));

test('every file stands on a floor', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => floor(file) === -1)).toEqual([]);
});

test('imports point down', () => {
  expect(arrows().filter(([from, to]) => floor(to) > floor(from))).toEqual([]);
});

test('no program imports another', () => {
  const program = (file: string) => /^(helper|agent|installer)\//.exec(file)?.[1];
  const across = arrows().filter(([from, to]) => program(from) && program(to) && program(from) !== program(to));
  expect(across).toEqual([]);
});

test('no import circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]) => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (way.includes(file) || done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});

test('imports from folder to folder point down the picture of CONTRIBUTING', () => {
  const drawn = foldersDrawn();
  const isWithin = (one: string, other: string) => `${one}/`.startsWith(`${other}/`);
  const up = arrows().filter(([from, to]) => {
    const [mine, other] = [dirname(from), dirname(to)];
    return !isWithin(mine, other) && !isWithin(other, mine) && drawn.indexOf(other) < drawn.indexOf(mine);
  });
  expect(up.map(([from, to]) => `${from} -> ${to}`)).toEqual([]);
});

test('every folder has a line in the picture of CONTRIBUTING, and every line its folder', () => {
  const drawn = foldersDrawn();
  const sources = globSync('{core,helper,agent,installer,scripts}/**/*.ts', { cwd: REPOSITORY }).map(dirname);
  expect([...new Set(sources)].filter((folder) => !drawn.includes(folder))).toEqual([]);
  expect(drawn.filter((folder) => !existsSync(join(REPOSITORY, folder)))).toEqual([]);
});

test('tests of a folder lie in a folder of the same name', () => {
  const folders = globSync('test/{core,helper,agent,installer,scripts}/**/*.test.ts', { cwd: REPOSITORY }).map(dirname);
  const astray = [...new Set(folders)].filter((folder) => !existsSync(join(REPOSITORY, relative('test', folder))));
  expect(astray).toEqual([]);
});

test('only a main.ts, and the file above the programs, read process', () => {
  const readers = files.filter((file) =>
    /\bprocess\.(env|argv|exit|stdin|stdout|stderr|cwd|on|once)\b/.test(read(file)),
  );
  // A signal for this process has to reach the process groups that it has started.
  const others = ['host.ts', 'core/system/process-group.ts'];
  expect(readers.filter((file) => !/(^|\/)main\.ts$/.test(file) && !others.includes(file))).toEqual([]);
});

/** The folders of the picture, by path; a folder in another stands two columns further in. */
function foldersDrawn(): readonly string[] {
  const way: string[] = [];
  return [...read('CONTRIBUTING.md').matchAll(/^( *)([\w-]+)\/ {2,}\S/gm)].map(([, indent = '', name = '']) => {
    way.splice(indent.length / 2, Number.POSITIVE_INFINITY, name);
    return way.join('/');
  });
}

function arrows(): readonly (readonly [string, string])[] {
  return [...imports].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));
}

function floor(file: string): number {
  return FLOORS.findIndex(([place]) => place.test(file));
}

/** Static, type-only and dynamic imports of the house's own files, and what is exported from them in passing. */
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
