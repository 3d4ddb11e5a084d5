import type { TestProject } from 'vitest/node';
import { claimLab, type LabFacts, labObstacle, startLabWorld, stopLabServices } from '../support/lab/lab-world.ts';
import { REPOSITORY, run } from '../support/run/run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The lab, or why there is none here. */
    lab: LabFacts | { readonly obstacle: string };
  }
}

/** Once before all e2e tests: builds the executables and brings up the lab; afterwards stops what was started. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { env } = process;
  const obstacle = await labObstacle(env);
  if (obstacle !== undefined) {
    project.provide('lab', { obstacle });
    return async () => {};
  }
  const leaveLab = await claimLab(env);
  const build = await run(process.execPath, ['scripts/build.ts'], { env, cwd: REPOSITORY, timeout: 600_000 });
  if (build.exitCode !== 0) throw new Error(`the build failed:\n${build.stderr}`);
  const facts = await startLabWorld(env, { onProgress: (line) => console.error(line) });
  project.provide('lab', facts);
  return async () => {
    await stopLabServices(facts.services);
    await leaveLab();
  };
}
