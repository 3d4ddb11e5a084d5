import { expect, test } from 'vitest';
import type { FollowLines } from '../../../core/system/follow-lines.ts';
import { clusterEvents } from '../../../installer/watch/cluster-events.ts';

// Lines as the engines print them, cut down to what matters.
const DOCKER = (action: string, labels = '"io.x-k8s.kind.cluster":"dev",') =>
  `{"status":"${action}","id":"f00","Type":"container","Action":"${action}","Actor":{"ID":"f00","Attributes":{${labels}"name":"dev-worker"}},"scope":"local","time":1}`;
const PODMAN = (status: string) =>
  `{"ID":"f00","Image":"kindest/node","Name":"dev-worker","Status":"${status}","Time":"2031-05-06T12:00:00Z","Type":"container","Attributes":{"io.x-k8s.kind.cluster":"dev"}}`;
const NERDCTL = (status: string, topic: string) =>
  `{"Timestamp":"2031-05-06T12:00:00Z","ID":"f00","Namespace":"default","Topic":"${topic}","Status":"${status}","Event":"{}"}`;

/** How often the watch looks at the nodes when an engine prints these lines, and what that engine was asked. */
async function follow(engine: string, ...lines: string[]) {
  let command: readonly string[] = [];
  const followLines: FollowLines = async function* (_engine, args) {
    command = args;
    yield* lines;
  };
  const { signal } = new AbortController();
  const events = clusterEvents({ name: engine }, { followLines, signal, since: new Date('2031-05-06T12:00:00.900Z') });
  let looks = 0;
  for await (const _ of events) looks += 1;
  return { looks, command };
}

const looksAfter = async (line: string) => (await follow('docker', line)).looks;
const asked = async (engine: string) => (await follow(engine)).command;

test.each([
  ['docker: a node starts', DOCKER('start')],
  ['docker: a node goes on after a pause', DOCKER('unpause')],
  ['podman: a node starts', PODMAN('start')],
  ['nerdctl: something starts, whose labels it does not tell', NERDCTL('START', '/tasks/start')],
])('the watch looks at the nodes after: %s', async (_, line) => {
  expect(await looksAfter(line)).toBe(1);
});

test.each([
  ['what our own commands in a node cause', DOCKER('exec_start: test -e /etc')],
  ['a node that ends', DOCKER('die')],
  ["a container that is not kind's", DOCKER('start', '')],
  ['podman: our own commands', PODMAN('exec')],
  ['nerdctl: our own commands', NERDCTL('EXEC-STARTED', '/tasks/exec-started')],
  ['a warning', 'WARN[0000] something'],
  ['nothing', ''],
  ['JSON of another shape', '{"Action":7}'],
])('the watch does not look at the nodes after: %s', async (_, line) => {
  expect(await looksAfter(line)).toBe(0);
});

test("engines are asked for kind's containers alone, from now on, where they know how", async () => {
  expect(await asked('docker')).toEqual(expect.arrayContaining(['--filter', 'label=io.x-k8s.kind.cluster']));
  expect(await asked('docker')).toEqual(expect.arrayContaining(['--since', '1935835200']));
  expect((await asked('podman')).slice(-2)).toEqual(['--format', 'json']);
  expect(await asked('nerdctl')).not.toContain('--filter');
});
