import { defineConfig } from 'vitest/config';

// Three projects by what they need: unit and support tests need nothing but Node, integration runs the programs
// themselves, e2e needs root and the lab (a real engine and a real kubelet). The last comes after the others.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // Each file has a node of its own; the longest is all waiting.
          maxWorkers: 3,
        },
      },
    ],
  },
});
