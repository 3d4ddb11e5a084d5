import { existsSync } from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleProgram } from './build/bundle.ts';
import { pack } from './build/pack.ts';
import { prepareRuntime } from './build/runtime.ts';
import { TARGETS } from './build/targets.ts';

// node scripts/build.ts
// Makes the single executables in dist/ for every machine whose Node runtime is installed. Needs no network.
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const cache = join(root, 'node_modules', '.cache', 'kindgcr');

const host = await bundleProgram(join(root, 'host.ts'), join(cache, 'host'));
const agentEntry = join(root, 'agent', 'main.ts');
const agent = existsSync(agentEntry) ? await bundleProgram(agentEntry, join(cache, 'agent')) : undefined;

for (const target of TARGETS) {
  const runtime = await prepareRuntime(target, cache);
  if (runtime === undefined) continue;
  if (!runtime.stripped) console.error(`note: no strip for ${target.name} here, its executables are larger`);
  const kindgcr = join(dist, 'kindgcr');
  await pack(host, runtime, kindgcr, { pkgHome: cache, execArgv: [] });
  await nameAlso(kindgcr, join(dist, 'docker-credential-kindgcr'));
  if (agent)
    await pack(agent, runtime, join(dist, `kindgcr-agent-${target.name}`), {
      pkgHome: cache,
      execArgv: ['--use-system-ca'],
    });
}

async function nameAlso(path: string, other: string): Promise<void> {
  await rm(`${other}.new`, { force: true });
  await link(path, `${other}.new`).catch(() => copyFile(path, `${other}.new`));
  await rename(`${other}.new`, other);
}
