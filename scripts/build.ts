import { join } from 'node:path';
import { makeExecutable } from './build/executable.ts';
import { PROGRAMS } from './build/programs.ts';
import { prepareRuntime } from './build/runtime.ts';
import { isThisMachine, TARGETS } from './build/targets.ts';
import { inWorkshop } from './build/workshop.ts';

// node scripts/build.ts
// Makes the single executables in dist/, for every machine whose Node runtime is installed; what is up to date stays.
// Needs no network. V8's code cache and the embedded program must come from the very version that runs them, so this
// runs on the runtime's own version: `npm run build` sees to it.
await inWorkshop('kindgcr', async ({ root, cache }) => {
  const runtimes = (await Promise.all(TARGETS.map((target) => prepareRuntime(target, cache)))).filter(
    (runtime) => runtime !== undefined,
  );
  if (!runtimes.some(({ target }) => isThisMachine(target))) {
    throw new Error(
      `no Node runtime for ${process.platform}-${process.arch} is installed: ${TARGETS.map((t) => t.runtimePackage).join(', ')}`,
    );
  }
  for (const runtime of runtimes) {
    const { target, version, stripped } = runtime;
    if (`v${version}` !== process.version) {
      throw new Error(`this is Node ${process.version}, and the runtime v${version}; run: npm run build`);
    }
    if (!stripped) console.error(`note: nothing here strips ${target.name} (install binutils): 17 MB more each`);
    for (const program of PROGRAMS) {
      if (program.where === 'host' && !isThisMachine(target)) continue;
      const path = join(root, 'dist', program.fileName(target));
      const { bytes, made } = await makeExecutable(program, runtime, {
        root,
        cache,
        path,
        otherName: program.otherName,
      });
      console.log(`${path}  ${(bytes / 1e6).toFixed(0)} MB${made ? '' : '  (up to date)'}`);
    }
  }
});
