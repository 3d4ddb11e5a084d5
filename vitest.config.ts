import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes. The first ones mostly wait, and so does the machine unless others run beside them. */
const LONG = [
  'e2e/from-docker',
  'e2e/rotation',
  'e2e/service',
  'integration/agent-killed',
  'integration/packages',
  'e2e/watch',
  'e2e/secret',
  'e2e/many-nodes',
  'e2e/create-delivery',
  'e2e/mount-config',
  'e2e/other-ways',
  'e2e/spine',
  'e2e/restarts',
  'e2e/create-cluster',
  'e2e/open-streams',
  'e2e/image-stores',
  'e2e/clients',
  'e2e/rollback',
  'integration/install-node',
].map((name) => `/test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((path) => moduleId.endsWith(path));
      return index === -1 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// How long a test may wait for what it expects. None is about time: these only end a run that hangs on a busy machine.
const PATIENCE = { testTimeout: 180_000, hookTimeout: 180_000, expect: { poll: { timeout: 60_000 } } };

// Three projects by what they need: unit and support tests need nothing but Node, integration runs the programs
// themselves, e2e needs root and the lab (a real engine and a real kubelet). They run side by side, since the longest files of
// e2e mostly wait.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**'],
          globalSetup: ['test/support/vitest/bundle-programs.ts'],
          ...PATIENCE,
          isolate: false, // a third of the time was starting a process for each file
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/vitest/bundle-programs.ts'],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          ...PATIENCE,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
