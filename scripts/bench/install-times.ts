import { join } from 'node:path';
import { gcloudIn } from '../../test/e2e/gcloud-person.ts';
import { type Person, person } from '../../test/e2e/person.ts';
import { type LabServices, labServices } from '../../test/support/lab-services.ts';
import {
  type LabFacts,
  labObstacle,
  startLabWorld,
  stopLabServices,
  type Variables,
} from '../../test/support/lab-world.ts';
import type { AtEnd } from '../../test/support/temp-dir.ts';
import { describeMachine, markdownTable } from './report.ts';
import { waitingCluster } from './waiting-cluster.ts';

const SIZES = [1, 3, 6];
const BY_HAND = join(import.meta.dirname, 'by-hand.sh');

/** A way to let a cluster pull. */
interface Way {
  readonly name: string;
  readonly command: (cluster: string, services: LabServices) => readonly [file: string, ...args: string[]];
  /** Said, not measured. */
  readonly afterTheToken: string;
}

const WAYS: readonly Way[] = [
  {
    name: '`kindgcr install --keyfile`',
    command: (cluster, { keyFile }) => ['kindgcr', 'install', '--name', cluster, '--keyfile', keyFile],
    afterTheToken: 'goes on: each node renews its own',
  },
  {
    name: "kind's steps by hand",
    command: (cluster) => [BY_HAND, cluster],
    afterTheToken: 'pulls fail until all steps are done again',
  },
];

/**
 * Measures how soon private pods run on clusters of 1, 3 and 6 nodes, by `kindgcr install` and by hand, in the lab. One
 * Markdown table; where there is no lab, one sentence that says so.
 */
export async function installTimes(env: Variables, progress: (line: string) => void, atEnd: AtEnd): Promise<string> {
  const obstacle = await labObstacle(env);
  if (obstacle !== undefined) return `Skipped install against the steps by hand: ${obstacle}\n`;
  const lab = await startLabWorld(env, { onProgress: progress });
  atEnd(() => stopLabServices(lab.services));
  const services = await labServices(lab.services);
  const people = await person(lab, await gcloudIn(lab, services));
  atEnd(() => people.remove());
  const rows = [
    ['nodes', 'way', 'command ends', 'private pods run on every node', 'kubelet restarts', "after the token's end"],
  ];
  for (const size of SIZES) {
    for (const way of WAYS) {
      const { ended, running, restarts } = await measure(way, size, { lab, services, people });
      rows.push([`${size}`, way.name, seconds(ended), seconds(running), restarts, way.afterTheToken]);
      progress(`${size} nodes, ${way.name}: ${seconds(ended)}, pods run after ${seconds(running)}`);
    }
  }
  return [
    `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}, shared by all nodes. One run each, on new nodes whose`,
    'pods wait for a private image. Times are from the start of the command.',
    '',
    markdownTable(rows),
    '',
  ].join('\n');
}

interface Measured {
  readonly ended: number;
  readonly running: number;
  readonly restarts: string;
}

async function measure(
  way: Way,
  size: number,
  { lab, services, people }: { readonly lab: LabFacts; readonly services: LabServices; readonly people: Person },
): Promise<Measured> {
  const cluster = await waitingCluster(`bench${size}`, size, lab);
  try {
    const start = performance.now();
    const [file, ...args] = way.command(cluster.name, services);
    const { exitCode, stderr } = await people.run(file, ...args);
    const ended = performance.now() - start;
    if (exitCode !== 0) throw new Error(`${way.name} failed with exit code ${exitCode}: ${stderr}`);
    await cluster.untilAllRun();
    const running = performance.now() - start;
    const restarts = await cluster.kubeletRestarts();
    return { ended, running, restarts: [...new Set(restarts)].map((count) => `${count} a node`).join(' or ') };
  } finally {
    await cluster.remove();
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
