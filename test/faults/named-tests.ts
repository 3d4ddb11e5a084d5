import { join, relative } from 'node:path';
import { createVitest, type TestModule, type TestSpecification } from 'vitest/node';
import { errorMessage } from '../../core/errors.ts';
import { REPOSITORY } from '../support/run.ts';
import type { TestName } from './fault-case.ts';

/** How a test ended; `why` for all that did not pass. */
export type TestEnd = { readonly state: 'passed' } | { readonly state: 'failed' | 'skipped'; readonly why: string };

/** The project whose files tell a story each, on a node that goes from test to test: such a file is run whole. */
const STORIES = 'e2e';

/** Runs just these tests, of these projects, and answers how each ended. `progress` hears of each file that is done. */
export async function runNamedTests(
  tests: readonly TestName[],
  isChosen: (project: string) => boolean,
  progress: (file: string) => void,
): Promise<(test: TestName) => TestEnd> {
  const vitest = await createVitest({
    root: REPOSITORY,
    watch: false,
    reporters: [{ onTestModuleEnd: ({ relativeModuleId }) => progress(relativeModuleId) }],
  });
  try {
    await vitest.standalone();
    const files = new Map((await vitest.globTestSpecifications()).map((file) => [fileOf(file), file]));
    const leftOut = new Set<string>();
    const toRun = new Set<TestSpecification>();
    for (const { file, name } of tests) {
      const specification = files.get(file);
      if (specification === undefined) continue;
      if (!isChosen(specification.project.name)) leftOut.add(file);
      else toRun.add(specification);
      if (specification.project.name !== STORIES) {
        specification.testNames = [...(specification.testNames ?? []), name];
      }
    }
    let obstacle: string | undefined;
    const run = await vitest.runTestSpecifications([...toRun]).catch((error: unknown) => {
      obstacle = `the set-up failed: ${firstLine(errorMessage(error))}`; // what all e2e tests share
    });
    const modules = new Map(run?.testModules.map((module) => [fileOf(module), module]));
    return ({ file, name }) => {
      if (leftOut.has(file)) return { state: 'skipped', why: 'left out of this run' };
      return obstacle === undefined ? endOf(modules.get(file), name) : { state: 'failed', why: obstacle };
    };
  } finally {
    await vitest.close();
  }
}

function endOf(module: TestModule | undefined, name: string): TestEnd {
  if (module === undefined) return { state: 'failed', why: 'there is no such file' };
  const test = [...module.children.allTests()].find(({ fullName }) => fullName === name);
  const result = test?.result();
  const [error] = [...(result?.errors ?? []), ...module.errors()]; // of the file: it can't be loaded, or its set-up failed
  if (result?.state === 'passed') return { state: 'passed' };
  if (error !== undefined) return { state: 'failed', why: firstLine(error.message) };
  if (result?.state === 'skipped') return { state: 'skipped', why: result.note ?? 'no reason given' };
  return { state: 'failed', why: test === undefined ? 'there is no such test' : 'it did not end' };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function fileOf({ moduleId }: { readonly moduleId: string }): string {
  return relative(join(REPOSITORY, 'test'), moduleId);
}
