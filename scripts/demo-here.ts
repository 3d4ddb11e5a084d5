import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Variables } from '../test/support/lab/lab-world.ts';
import { REPOSITORY, run } from '../test/support/run/run.ts';

/** The kind clusters of this machine's own engine; none where docker or kind is missing. */
export async function kindClusters(env: Variables): Promise<readonly string[]> {
  const { stdout, exitCode } = await run('sh', ['-c', 'docker version >/dev/null 2>&1 && kind get clusters'], { env });
  return exitCode === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}

/** Installs into one of the user's own clusters, after announcing it. Resolves with the exit code. */
export async function demoHere(
  clusters: readonly string[],
  env: Variables,
  say: (line: string) => void,
): Promise<number> {
  const wanted = env.KIND_CLUSTER_NAME ?? 'kind';
  const cluster = clusters.length === 1 ? clusters[0] : clusters.find((name) => name === wanted);
  if (cluster === undefined) {
    console.error(`error: there is more than one kind cluster: ${clusters.join(', ')}`);
    console.error(`hint: name one: KIND_CLUSTER_NAME=${clusters[0]} scripts/demo`);
    return 2;
  }
  say(`This machine has the kind cluster "${cluster}". What happens now:`);
  say('  - the executables are built into dist/');
  say(`  - kindgcr install --name ${cluster}: an agent and a token of your gcloud login go into each node,`);
  say('    and gcr.io is registered in your docker config. kindgcr uninstall reverts all of it.\n');
  const build = await program(process.execPath, [join(REPOSITORY, 'scripts/build.ts')], env);
  if (build !== 0) return build;
  const installed = await program(join(REPOSITORY, 'dist/kindgcr'), ['install', '--name', cluster], env);
  if (installed === 0) {
    say('\nNow try a private image of yours:');
    say(`  kubectl --context kind-${cluster} run mine --image=gcr.io/PROJECT/IMAGE`);
  }
  return installed;
}

/** Runs a program on this terminal. Resolves with its exit code. */
export function program(file: string, args: readonly string[], env: Variables): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
