import type { Reporter, TestModule, TestSuite } from 'vitest/node';

/**
 * A vitest reporter that prints one summary line at the end, `N passed, N failed, N skipped`, after the name and reason
 * of each skipped test. A file or a setup that could not run counts as one failure.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const of = (state: string) => tests.filter((test) => test.result().state === state);
    for (const test of of('skipped')) {
      const result = test.result();
      const note = result.state === 'skipped' ? result.note : undefined;
      const reason = note ?? (hasErrors(test.parent) ? 'its set-up failed' : 'no reason given');
      console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${reason}`);
    }
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = suites.filter(hasErrors).length + errors.length;
    const failed = of('failed').length + broken;
    // After vitest's own summary, which is printed when the reporters before this one are done.
    process.once('exit', () =>
      console.log(`\n${of('passed').length} passed, ${failed} failed, ${of('skipped').length} skipped`),
    );
  }
}

function hasErrors(suite: TestModule | TestSuite): boolean {
  return suite.errors().length > 0;
}
