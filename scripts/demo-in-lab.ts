import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labServices } from '../test/support/lab/lab-services.ts';
import { type LabFacts, mustLab, startLabWorld, type Variables } from '../test/support/lab/lab-world.ts';
import { REPOSITORY, run } from '../test/support/run/run.ts';
import { program } from './demo-here.ts';

type Say = (line: string) => void;

const CLUSTER = 'demo';
const LAB = join(REPOSITORY, 'test/lab/lab');

/** Lifetime of the demo's tokens in seconds, short enough to see one expire; real tokens last an hour. */
const TOKEN_LIFE = 120;

/** Builds engine, cluster and registry, and shows a pod's way from ErrImagePull to Running there. */
export async function demoInLab(env: Variables, say: Say): Promise<number> {
  const started = Date.now();
  const step = (text: string) => say(`\n[${clock(Date.now() - started)}] ${text}`);
  const progress = (line: string) => say(`    ${line}`);

  step('Building the executables');
  const built = await program(process.execPath, [join(REPOSITORY, 'scripts/build.ts')], env);
  if (built !== 0) return built;

  step('A Docker engine, a private registry that answers as gcr.io, and a kind cluster of one node.');
  say('    All of it from Debian packages; the first time takes some minutes, later ones seconds.');
  const lab = await startLabWorld(env, { onProgress: progress });
  await mustLab(['cluster', CLUSTER], env, progress);
  const node = `${CLUSTER}-control-plane`;
  await mustLab(['node-trust', node, join(lab.services, 'ca.crt'), lab.names], lab.env, progress);
  const services = await labServices(lab.services);
  await services.setTokenLife(TOKEN_LIFE);

  step('A pod with a private image, before kindgcr:');
  const kubectl = kubectlOf(lab);
  await kubectl('delete', 'pod', '--all', '--now', '--ignore-not-found');
  await untilPodsAreTaken(kubectl);
  await runPod(kubectl, 'first', 'gcr.io/private/app:1', say);
  say(`    ${await untilWaiting(kubectl, 'first')}`);

  step(`$ kindgcr install --name ${CLUSTER} --keyfile key.json`);
  const user = await userOf(lab);
  const install = [
    'exec',
    join(REPOSITORY, 'dist/kindgcr'),
    'install',
    '--name',
    CLUSTER,
    '--keyfile',
    services.keyFile,
  ];
  const installed = await program(LAB, install, user);
  if (installed !== 0) return installed;
  const firstTokenEnds = Date.now() + TOKEN_LIFE * 1000;

  step('The same pod now:');
  say(`    ${await untilRunning(kubectl, 'first')}`);

  step(`The first token is valid for ${TOKEN_LIFE} s (a real one for an hour). Waiting until it expires ...`);
  while (Date.now() < firstTokenEnds) {
    say(`    ${Math.ceil((firstTokenEnds - Date.now()) / 1000)} s left`);
    await sleep(Math.min(20_000, firstTokenEnds - Date.now() + 100));
  }
  step('A pod with another private image, after the first token expired:');
  await runPod(kubectl, 'second', 'gcr.io/private/app:2', say);
  say(`    ${await untilRunning(kubectl, 'second')}`);
  await services.setTokenLife(3599);

  step('Done. The cluster is yours to play with:');
  say('    eval "$(test/lab/lab env)"                      # docker, kind, kubectl and their settings');
  say('    lab exec kubectl get pods                       # the cluster');
  say('    lab exec kubectl run third --image=gcr.io/private/app:3');
  say(`    docker exec ${node} kindgcr-agent status        # the agent in the node`);
  say('    scripts/demo down                               # take it down');
  return 0;
}

type Kubectl = (...args: string[]) => Promise<string>;

function kubectlOf(lab: LabFacts): Kubectl {
  return async (...args) => {
    const { stdout, stderr, exitCode } = await run(LAB, ['exec', 'kubectl', ...args], {
      env: lab.env,
      timeout: 120_000,
    });
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
}

/** A home folder of its own: the user's docker config is not touched. */
async function userOf(lab: LabFacts): Promise<Record<string, string>> {
  const home = join(lab.env.KINDGCR_LAB ?? '', 'run', 'demo-home');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path = `${join(REPOSITORY, 'dist')}:${lab.env.PATH}`;
  return { ...lab.env, HOME: home, PATH: path, NODE_EXTRA_CA_CERTS: join(lab.services, 'ca.crt') };
}

async function runPod(kubectl: Kubectl, name: string, image: string, say: Say): Promise<void> {
  say(`    $ kubectl run ${name} --image=${image}`);
  await kubectl('run', name, `--image=${image}`, '--restart=Never');
}

/** A cluster is Ready shortly before it has the service account that every pod needs. */
async function untilPodsAreTaken(kubectl: Kubectl): Promise<void> {
  await until(() => kubectl('get', 'serviceaccount', 'default').catch(() => undefined));
}

async function untilWaiting(kubectl: Kubectl, pod: string): Promise<string> {
  const path =
    '{.status.containerStatuses[0].state.waiting.reason}: {.status.containerStatuses[0].state.waiting.message}';
  return await until(async () => {
    const said = await kubectl('get', 'pod', pod, `--output=jsonpath=${path}`);
    return /ErrImagePull|ImagePullBackOff/.test(said) ? `${pod}  ${said}` : undefined;
  });
}

async function untilRunning(kubectl: Kubectl, pod: string): Promise<string> {
  const from = Date.now();
  return await until(async () => {
    const phase = await kubectl('get', 'pod', pod, '--output=jsonpath={.status.phase}');
    return phase === 'Running' ? `${pod}  Running, ${Math.round((Date.now() - from) / 1000)} s later` : undefined;
  });
}

async function until(look: () => Promise<string | undefined>): Promise<string> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error('this should have happened within three minutes');
    await sleep(1000);
  }
}

function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
