import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/run/run.ts';

const files = globSync(['*.ts', '{core,helper,agent,installer,scripts,test}/**/*.ts'], { cwd: REPOSITORY }).sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(REPOSITORY, file), 'utf8')]));

/** What others import by other means than a name in an import: vitest by its settings, esbuild by the build's. */
const TAKEN_OTHERWISE: ReadonlySet<string> = new Set([
  'test/e2e/global-setup.ts setup',
  'test/support/vitest/bundle-programs.ts setup',
  'test/support/vitest/closing-line.ts ClosingLine',
  'scripts/build/embedded-module.ts embeddedModule',
  'scripts/build/import-meta.ts importMetaUrl',
]);

/** Small rules with a table of cases, which would be hard to read through the files that they are applied to. */
const FOR_TESTS: ReadonlySet<string> = new Set(['agent/kubelet/service.ts healthzPort']);

test('every export says what it is', () => {
  expect(exports().length).toBeGreaterThan(300);
  const silent = exports().filter(({ file, line }) => !/\*\/$/.test(linesOf(file)[line - 1] ?? ''));
  expect(silent.map(({ file, line, name }) => `${file}:${line + 1} ${name}`)).toEqual([]);
});

test('every function, class and constant that is exported is imported, and not by tests alone', () => {
  const imported = new Set(files.flatMap(importsOf));
  const byPrograms = new Set(files.filter((file) => !file.startsWith('test/')).flatMap(importsOf));
  const idle = exports().filter(({ file, name, kind }) => {
    const users = file.startsWith('test/') || FOR_TESTS.has(`${file} ${name}`) ? imported : byPrograms;
    const isUsed = users.has(`${file} ${name}`) || users.has(`${file} *`) || TAKEN_OTHERWISE.has(`${file} ${name}`);
    return /function|class|const/.test(kind) && !isUsed;
  });
  expect(idle.map(({ file, name }) => `${file} ${name}`)).toEqual([]);
});

interface Export {
  readonly file: string;
  /** Counted from 0. */
  readonly line: number;
  readonly kind: string;
  readonly name: string;
}

function exports(): readonly Export[] {
  const shape =
    /^export (?:default )?(?:abstract )?(?:async )?(function\*?|class|interface|type|const|let|enum) \*?(\w+)/;
  return files.flatMap((file) => {
    let isText = false; // within a template that spans lines, as of code that a script writes
    return linesOf(file).flatMap((text, line): Export[] => {
      const wasText = isText;
      if ((text.replaceAll('\\`', '').split('`').length - 1) % 2 === 1) isText = !isText;
      const [, kind, name] = shape.exec(text) ?? [];
      return wasText || kind === undefined || name === undefined ? [] : [{ file, line, kind, name }];
    });
  });
}

/** What a file imports or passes on, as `file name`; `file *` for all of it at once. */
function importsOf(file: string): readonly string[] {
  const text = texts.get(file) ?? '';
  const target = (specifier: string) => relative(REPOSITORY, join(REPOSITORY, dirname(file), specifier));
  const named = [...text.matchAll(/\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'(\.[^']+)'/g)];
  const whole = [...text.matchAll(/\bimport\(\s*'(\.[^']+)'\s*\)/g)];
  return [
    ...named.flatMap(([, names = '', from = '']) =>
      names.split(',').map(
        (name) =>
          `${target(from)} ${
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0]
          }`,
      ),
    ),
    ...whole.map(([, from = '']) => `${target(from)} *`),
  ];
}

function linesOf(file: string): readonly string[] {
  return (texts.get(file) ?? '').split('\n');
}
