import { expect, test } from 'vitest';
import { KindGcrError } from '../../../core/errors.ts';
import type { Facts, Logger } from '../../../core/log.ts';
import type { KindContainer } from '../../../installer/kind/containers.ts';
import { nodeItems } from '../../../installer/watch/node-items.ts';
import { refresher } from '../../../installer/watch/refresher.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A machine with kind clusters, whose clock the test moves, and nodes that remember what they got. */
function machine({ chosen = ['dev'] }: { chosen?: string[] } = {}) {
  let time = Date.parse('2031-05-06T12:00:00Z');
  let containers: KindContainer[] = [];
  let life = 0;
  const broken = new Map<string, Error>();
  const tended: string[] = [];
  const lines: string[] = [];
  const say =
    (level: string) =>
    (message: string, facts: Facts = {}) => {
      lines.push(`${level} ${message} ${JSON.stringify(facts)}`);
    };
  const log: Logger = { error: say('error'), warn: say('warn'), info: say('info'), debug: () => {} };
  const world = {
    engineDown: undefined as Error | undefined,
    lines,
    chosen,
    broken,
    pass(milliseconds: number) {
      time += milliseconds;
    },
    /** Starts a node, or starts it again. */
    start(name: string, { isNode = true }: { isNode?: boolean } = {}) {
      world.remove(name);
      const cluster = name.replace(/-(control-plane|worker\d*|external-load-balancer)$/, '');
      life += 1;
      containers.push({ name, cluster, isNode, running: true, startedAt: new Date(time), life: `id ${life}` });
    },
    stop(name: string) {
      containers = containers.map((one) => (one.name === name ? { ...one, running: false } : one));
    },
    remove(name: string) {
      containers = containers.filter((one) => one.name !== name);
    },
    /** The nodes that were tended since the last question. */
    tended: () => tended.splice(0).sort(),
  };
  const nodes = nodeItems({
    log,
    chosen: async () => (cluster) => world.chosen.includes(cluster),
    async containers() {
      if (world.engineDown) throw world.engineDown;
      return containers;
    },
    async reconcile({ name }) {
      tended.push(name);
      const failure = broken.get(name);
      if (failure) throw failure;
      // The agent wants a new login after half an hour of an hour; "self" stands for nodes that have a key.
      return name.startsWith('self') ? undefined : new Date(time + HOUR / 2);
    },
  });
  const signal = new AbortController().signal;
  const watched = refresher([nodes], { log, now: () => new Date(time), random: () => 0.5, signal });
  return Object.assign(world, watched);
}

test('nodes of chosen clusters are tended when they appear, once; what is not chosen is left alone, and that is said', async () => {
  const it = machine();
  for (const name of ['dev-control-plane', 'dev-worker', 'other-control-plane']) it.start(name);
  it.start('dev-external-load-balancer', { isNode: false });
  await it.look();
  await it.look();
  expect(it.tended()).toEqual(['dev-control-plane', 'dev-worker']);
  expect(it.lines.filter((line) => line.includes('not chosen'))).toEqual([
    'info ignoring a cluster that was not chosen {"cluster":"other","choose":"kindgcr install --name other"}',
  ]);
});

test('a cluster that is chosen later is taken up at the next look', async () => {
  const it = machine({ chosen: [] });
  it.start('dev-control-plane');
  await it.look();
  expect(it.tended()).toEqual([]);
  it.chosen.push('dev');
  await it.look();
  expect(it.tended()).toEqual(['dev-control-plane']);
});

test('a node that this machine feeds is due again before its token ends; one with a key never', async () => {
  const it = machine({ chosen: ['dev', 'self'] });
  it.start('dev-control-plane');
  it.start('self-control-plane');
  await it.look();
  it.tended();
  it.pass(29 * MINUTE);
  await it.look();
  expect(it.tended()).toEqual([]);
  it.pass(MINUTE);
  expect(it.isDue()).toBe(true);
  await it.look();
  expect(it.tended()).toEqual(['dev-control-plane']);
});

test('after eight hours of sleep the first tick finds the nodes due', async () => {
  const it = machine();
  it.start('dev-control-plane');
  await it.look();
  it.tended();
  expect(it.isDue()).toBe(false);
  it.pass(8 * HOUR);
  expect(it.isDue()).toBe(true);
  await it.look();
  expect(it.tended()).toEqual(['dev-control-plane']);
});

test('a clock that was set back calls for a look', async () => {
  const it = machine();
  await it.look();
  it.pass(-HOUR);
  expect(it.isDue()).toBe(true);
});

test('without any news a look is taken each minute, in case an event got lost', async () => {
  const it = machine();
  await it.look();
  it.pass(59_000);
  expect(it.isDue()).toBe(false);
  it.pass(1000);
  expect(it.isDue()).toBe(true);
});

test('a node that was restarted, or made anew by the same name, is tended at once', async () => {
  const it = machine();
  it.start('dev-worker');
  await it.look();
  it.stop('dev-worker');
  await it.look();
  it.start('dev-worker');
  await it.look();
  expect(it.tended()).toEqual(['dev-worker', 'dev-worker']);
});

test('a node that fails is retried with growing delays, logged once, and does not delay the others', async () => {
  const it = machine();
  it.start('dev-control-plane');
  it.start('dev-worker');
  it.broken.set('dev-worker', new KindGcrError('NODE_FAILED', 'no space left in it', { hint: 'Make room' }));
  expect((await it.look()).map(({ message }) => message)).toEqual(['no space left in it']);
  expect(it.tended()).toEqual(['dev-control-plane', 'dev-worker']);
  const waits: number[] = [];
  for (let tries = 0; tries < 7; tries += 1) {
    let waited = 0;
    while (it.tended().length === 0) {
      it.pass(15_000);
      waited += 15;
      await it.look();
    }
    waits.push(waited);
  }
  expect(waits).toEqual([15, 30, 60, 120, 240, 300, 300]);
  expect(it.lines.filter((line) => line.startsWith('error'))).toEqual([
    'error no space left in it {"items":"dev-worker","code":"NODE_FAILED","hint":"Make room"}',
  ]);
  it.broken.clear();
  it.pass(300_000);
  expect(await it.look()).toEqual([]);
});

test('one failure of many nodes is logged in one line', async () => {
  const it = machine();
  for (const name of ['dev-control-plane', 'dev-worker', 'dev-worker2']) {
    it.start(name);
    it.broken.set(
      name,
      new KindGcrError('CREDENTIAL_NOT_FOUND', 'nobody is logged in with gcloud', { hint: 'Try again' }),
    );
  }
  await it.look();
  expect(it.lines).toEqual([
    'error nobody is logged in with gcloud {"items":"dev-control-plane, dev-worker, dev-worker2","code":"CREDENTIAL_NOT_FOUND","hint":"Try again"}',
  ]);
});

test('an engine that stops and starts again is logged once each, and restarted nodes get a token', async () => {
  const it = machine();
  it.start('dev-control-plane');
  await it.look();
  it.tended();
  it.engineDown = new KindGcrError('ENGINE_NOT_FOUND', 'docker does not answer', { hint: 'Try again' });
  for (let minute = 0; minute < 5; minute += 1) expect(await it.look()).toHaveLength(1);
  it.engineDown = undefined;
  it.start('dev-control-plane');
  await it.look();
  expect(it.tended()).toEqual(['dev-control-plane']);
  expect(it.lines.filter((line) => /listed|docker/.test(line))).toEqual([
    'error docker does not answer {"code":"ENGINE_NOT_FOUND","hint":"Try again"}',
    'info kind nodes can be listed again {}',
  ]);
});

test('a bug in the watch is not swallowed', async () => {
  const it = machine();
  it.engineDown = new TypeError('x is not a function');
  await expect(it.look()).rejects.toThrow(TypeError);
});

test("ten clusters' worth of nodes come and go, and nothing of them calls for a look any more", async () => {
  const it = machine({ chosen: Array.from({ length: 10 }, (_, index) => `c${index}`) });
  for (let round = 0; round < 3; round += 1) {
    const names = it.chosen.flatMap((cluster) =>
      ['control-plane', 'worker', 'worker2'].map((role) => `${cluster}-${role}`),
    );
    for (const name of names) it.start(name);
    await it.look();
    expect(it.tended()).toHaveLength(30);
    for (const name of names) it.remove(name);
    await it.look();
  }
  expect(it.lines.filter((line) => line.includes('is gone'))).toHaveLength(90);
  it.pass(59_000);
  await it.look();
  it.pass(8 * HOUR);
  await it.look();
  expect(it.isDue()).toBe(false);
  expect(it.tended()).toEqual([]);
});
