import { rm } from 'node:fs/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownEntries } from '../../agent/docker-config/entries.ts';
import { parseConfigText } from '../../agent/docker-config/text.ts';
import { withdrawCredentials } from '../../agent/docker-config/withdraw.ts';
import { readState } from '../../agent/files/state.ts';
import { readAsKubelet } from '../support/kubelet/keyring.ts';
import { entryOf, type SimulatedNode, simulatedNode, UNREACHABLE } from './simulated-node.ts';

// The agent's promises must hold for any events in any order, so this test generates them.

type Event =
  | { what: 'live' | 'sleep' | 'set clock' | 'token life'; seconds: number }
  | { what: 'outage' | 'end of outage' | 'reboot' | 'restart of the agent' | 'pull' | 'deleted file' }
  | { what: 'foreign file'; text: string };

const FOREIGN_FILES = [
  '{}',
  '',
  '{"auths":',
  '[]',
  JSON.stringify({ auths: { 'quay.io': entryOf('q', 'q') } }, undefined, 3),
  JSON.stringify({ credsStore: 'desktop', auths: { 'gcr.io': entryOf('me', 'mine'), 'b.io': entryOf('b', 'b') } }),
  JSON.stringify({ auths: { 'bad.io': { auth: '!' }, 'good.io': entryOf('g', 'g') }, HttpHeaders: { a: 'b' } }),
];

const seconds = (what: 'live' | 'sleep' | 'set clock' | 'token life', range: fc.Arbitrary<number>) =>
  fc.record({ what: fc.constant(what), seconds: range });

const anything: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: seconds('live', fc.integer({ min: 15, max: 600 })) },
  { weight: 1, arbitrary: seconds('live', fc.integer({ min: 600, max: 4000 })) },
  { weight: 2, arbitrary: seconds('sleep', fc.integer({ min: 10, max: 40_000 })) },
  { weight: 1, arbitrary: seconds('set clock', fc.integer({ min: -90_000, max: 90_000 })) },
  { weight: 1, arbitrary: seconds('token life', fc.constantFrom(120, 300, 700, 3600)) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('foreign file' as const), text: fc.constantFrom(...FOREIGN_FILES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom('outage', 'end of outage', 'reboot', 'restart of the agent', 'pull', 'deleted file'),
    }),
  },
);

test('the agent keeps its promises for any sequence of events on a node', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 12 }), async (events) => {
      const node = await simulatedNode();
      let foreign: string | undefined;
      for (const event of events) {
        foreign = await happens(node, event, foreign);
        await node.live(15);
        await promisesHold(node);
      }
      await withdrawCredentials(node.layout, await readState(node.layout.state));
      expect(await node.text()).toBe(foreign);
    }),
    { numRuns: 40 },
  );
});

/** Applies an event, and returns the content that other programs expect in the file. */
async function happens(node: SimulatedNode, event: Event, foreign: string | undefined): Promise<string | undefined> {
  switch (event.what) {
    case 'live':
      await node.live(event.seconds);
      break;
    case 'sleep':
      node.suspend(event.seconds);
      break;
    case 'set clock':
      node.setClock(event.seconds);
      break;
    case 'token life':
      node.google.life = event.seconds;
      break;
    case 'outage':
      node.google.refuses = UNREACHABLE;
      break;
    case 'end of outage':
      node.google.refuses = undefined;
      await node.live(300);
      break;
    case 'reboot':
      await node.reboot();
      break;
    case 'restart of the agent':
      node.restartAgent();
      break;
    case 'pull':
      await node.kubelet.pullsWith();
      break;
    case 'deleted file':
      await rm(node.layout.kubeletDockerConfig, { force: true });
      return undefined;
    case 'foreign file':
      await node.write(node.layout.kubeletDockerConfig, event.text);
      return event.text;
  }
  return foreign;
}

async function promisesHold(node: SimulatedNode): Promise<void> {
  const text = await node.text();
  const { usable } = parseConfigText(text);
  const own = [...ownEntries(usable).values()];
  // Never a wrong file, and an expired token is worse than none.
  if (own.length > 0 && text !== undefined) expect(readAsKubelet(text)).toBeDefined();
  expect(own.filter(({ expiresAt }) => expiresAt <= node.now())).toEqual([]);
  if (node.google.refuses !== undefined) return;
  // While Google answers, the node has valid credentials, and the kubelet pulls with them.
  const status = await node.status();
  expect(status.credentials).toBe('valid');
  if (status.kubeletRestarts.pending !== null) return; // two restarts are half a minute apart
  expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
}
