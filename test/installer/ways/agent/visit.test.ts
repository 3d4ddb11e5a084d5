import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import type { KindNode } from '../../../../installer/kind/node.ts';
import { visit, visitNodes } from '../../../../installer/ways/agent/visit.ts';

const LOOK = JSON.stringify({
  machine: 'x86_64',
  agent: '',
  instead: '',
  state: '',
  hasPlugin: false,
  first: true,
  files: {},
});

/** A node that answers the first look when it is told to, and records what was run in it. */
function slowNode(name: string) {
  const answer = Promise.withResolvers<string>();
  const commands: string[] = [];
  const node: KindNode = {
    name,
    async exec(args) {
      commands.push(args.join(' '));
      return { exitCode: 0, stdout: '', stderr: '', ended: 'exited' };
    },
    run: () => expect.fail('only the look runs'),
    async converse() {
      const line = await answer.promise;
      return {
        answer: line,
        async finish(text) {
          commands.push(text === '' ? 'left' : text);
          return { exitCode: 0, stdout: '', stderr: '', ended: 'exited' };
        },
      };
    },
    copyIn: async () => {},
  };
  return {
    node,
    commands,
    looked: (facts = LOOK) => answer.resolve(facts),
    fails: () => answer.reject(new Error('no such node')),
  };
}

test('work on a node begins when all nodes have been looked at', async () => {
  const [one, other] = [slowNode('one'), slowNode('other')];
  const visitEach = await visitNodes(2, '{"auths":{}}');
  const worked: string[] = [];
  const visits = [one, other].map(({ node }) => visitEach(node, async () => void worked.push(node.name)));
  one.looked();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(worked).toEqual([]);
  other.looked();
  await Promise.all(visits);
  expect(worked).toEqual(['one', 'other']);
});

test('a node that can not be looked at does not hold up the others', async () => {
  const [one, other] = [slowNode('one'), slowNode('other')];
  const visitEach = await visitNodes(2, '');
  const first = visitEach(one.node, async () => 'done');
  const second = visitEach(other.node, async () => 'done');
  other.fails();
  one.looked();
  await expect(second).rejects.toThrow('no such node');
  expect(await first).toBe('done');
});

test('no more nodes are worked on at a time than there are processors', async () => {
  const nodes = Array.from({ length: availableParallelism() + 2 }, (_, index) => slowNode(`node${index}`));
  const visitEach = await visitNodes(nodes.length, '');
  let [now, most] = [0, 0];
  const visits = nodes.map(({ node }) =>
    visitEach(node, async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
    }),
  );
  for (const { looked } of nodes) looked();
  await Promise.all(visits);
  expect(most).toBe(availableParallelism());
});

test('first credentials are removed from a node whose work fails, and from no other', async () => {
  const [one, other] = [slowNode('one'), slowNode('other')];
  const visitEach = await visitNodes(2, '{"auths":{}}');
  const failing = visitEach(one.node, async () => {
    throw new Error('no room');
  });
  const working = visitEach(other.node, async () => 'done');
  one.looked();
  other.looked();
  await expect(failing).rejects.toThrow('no room');
  expect(await working).toBe('done');
  expect(one.commands).toEqual([expect.stringContaining('remove_first_config'), 'left']);
  expect(other.commands).toEqual(['left']);
});

test('a node whose answer can not be read is left: nothing waits in it', async () => {
  const { node, commands, looked } = slowNode('one');
  looked('sh: 1: uname: not found');
  await expect(visit(node, '', async () => expect.fail('nothing is known of it'))).rejects.toThrow(
    "one: the node's answer can't be read",
  );
  expect(commands).toEqual(['left']);
});
