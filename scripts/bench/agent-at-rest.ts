import { copyFile, mkdir, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainNode } from '../../test/agent/plain-node.ts';
import type { AtEnd } from '../../test/support/files/temp-dir.ts';
import { start } from '../../test/support/run/run.ts';
import { cpuSeconds, type Resident, residentMemory } from './process-use.ts';
import type { Report } from './report.ts';
import type { World } from './world.ts';

const RENEWALS = 10;

/** Seconds: the table gives the CPU time of an idle agent for five minutes. */
const IDLE = 300;

/** The bare runtime, idle. */
const WAITING_NODE = ['-e', 'setInterval(() => {}, 1e9)'];

/**
 * Measures an idle agent against an idle bare Node: memory after the first reconcile and after ten renewals, then CPU time
 * over `idle` seconds, scaled to five minutes.
 */
export async function measureAgentAtRest(
  { google, installed, node }: World,
  report: Report,
  { idle, atEnd }: { readonly idle: number; readonly atEnd: AtEnd },
): Promise<void> {
  const root = await plainNode({}, google.env, atEnd);
  await mkdir(dirname(root.layout.keyfile), { recursive: true });
  await copyFile(await google.keyfile(), root.layout.keyfile);
  const bare = await start(node.file, WAITING_NODE, { env: { ...node.env } });
  const agent = await start(installed.agent, ['--root', root.root, 'run'], { env: root.env });
  try {
    const renewals = (count: number) =>
      new RegExp(`(obtained credentials[\\s\\S]*wrote credentials[\\s\\S]*){${count}}`);
    const addMemory = async (when: string) => {
      await sleep(1000); // what the pass has left to do
      const [ours, other] = [await residentMemory(agent.pid), await residentMemory(bare.pid)];
      report.add(`agent at rest, ${when}`, inWords(ours), `an idle Node ${inWords(other)}`, ours.all / other.all);
    };
    await agent.prints(/restarted the kubelet/);
    await addMemory('after the first reconcile');
    report.progress(`${RENEWALS} renewals, a tick of 15 s each`);
    for (let count = 2; count <= RENEWALS; count++) {
      const now = new Date();
      await utimes(root.layout.agentConfig, now, now); // a config that was written anew asks for a new token
      await agent.prints(renewals(count));
    }
    await addMemory(`after ${RENEWALS} renewals`);
    report.progress(`${idle} s idle`);
    const use = () => Promise.all([cpuSeconds(agent.pid), cpuSeconds(bare.pid)]);
    const before = await use();
    await sleep(idle * 1000);
    const [ours = 0, other = 0] = (await use()).map((after, at) => ((after - (before[at] ?? 0)) * IDLE) / idle);
    const measured = idle === IDLE ? '' : ` (${idle} s, scaled)`;
    report.add(
      `agent's CPU in five idle minutes${measured}`,
      `${ours.toFixed(2)} s`,
      `an idle Node ${other.toFixed(2)} s`,
    );
  } finally {
    await agent.stop();
    await bare.stop();
  }
}

function inWords({ all, anonymous }: Resident): string {
  return `${all.toFixed(0)} MiB, ${anonymous.toFixed(0)} of it anonymous`;
}
