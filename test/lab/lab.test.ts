import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { REPOSITORY, type RunResult, run, start } from '../support/run/run.ts';
import { testUnless } from '../support/vitest/obstacle.ts';

const IS_ROOT = process.getuid?.() === 0;
const testAsRoot = testUnless(IS_ROOT ? undefined : 'the lab needs root');
const testWithoutRoot = testUnless(IS_ROOT ? 'it is about people who are not root' : undefined);
const PATH = process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin';

/** A copy of the lab's scripts with one more artefact, "probe", that copies its recipe's input, slowly where the test says so. */
async function labWithProbe() {
  const dir = await tempDir();
  const home = join(dir, 'scripts');
  const cache = join(dir, 'cache');
  const input = join(dir, 'input');
  await cp(join(REPOSITORY, 'test/lab'), home, { recursive: true });
  await mkdir(input);
  await writeFile(join(input, 'text'), 'one');
  await writeFile(join(dir, 'seconds'), '0');
  await writeFile(
    join(home, 'lib/probe.sh'),
    `make_probe() { cp ${input}/text "$1/half"; sleep "$(cat ${dir}/seconds)"; mv "$1/half" "$1/whole"; echo made >> ${dir}/count; }
     inputs_probe() { input_files ${input}; }`,
  );
  const env = { PATH, HOME: dir, KINDGCR_LAB: cache };
  return {
    build: () => run(join(home, 'lab'), ['build', 'probe'], { env }),
    startBuild: () => start(join(home, 'lab'), ['build', 'probe'], { env }),
    setInput: (text: string) => writeFile(join(input, 'text'), text),
    setSeconds: (seconds: number) => writeFile(join(dir, 'seconds'), String(seconds)),
    content: () => readFile(join(cache, 'built/probe/whole'), 'utf8').catch(() => undefined),
    isHalfMade: () => existsSync(join(cache, 'aside/probe/half')),
    timesMade: async () => (await readFile(join(dir, 'count'), 'utf8').catch(() => '')).split('\n').length - 1,
  };
}

async function lab(args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> {
  return run(join(REPOSITORY, 'test/lab/lab'), args, { env: { PATH, HOME: await tempDir(), ...env } });
}

testAsRoot('what is built is built once, and again when its recipe has changed', async () => {
  const { build, content, setInput, timesMade } = await labWithProbe();
  expect((await build()).exitCode).toBe(0);
  expect((await build()).exitCode).toBe(0);
  expect(await timesMade()).toBe(1);
  await setInput('two');
  await build();
  expect(await content()).toBe('two');
  expect(await timesMade()).toBe(2);
});

testAsRoot('a build that is killed in the middle is not taken for whole, and leaves nothing running', async () => {
  const { build, startBuild, content, isHalfMade, setInput, setSeconds } = await labWithProbe();
  await build();
  await setInput('two');
  await setSeconds(3600);
  const building = await startBuild();
  await vi.waitUntil(isHalfMade, { timeout: 60_000 });
  await building.stop();
  expect(await content()).toBe('one'); // the old one, until the new one is whole
  await setSeconds(0);
  expect((await build()).exitCode).toBe(0); // it would never return if the killed one still held the lock
  expect(await content()).toBe('two');
});

testAsRoot('two builds of one thing at the same time make it once', async () => {
  const { build, setSeconds, timesMade } = await labWithProbe();
  await setSeconds(0.5);
  const both = await Promise.all([build(), build()]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(await timesMade()).toBe(1);
});

test('a lab that does not run says how to start it', async () => {
  const { exitCode, stderr } = await lab(['exec', 'true']);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/the lab is not running\n.*Start it: .*lab up/);
});

test('without docker on a machine whose own docker is to be used, the lab says so in one sentence', async () => {
  const { exitCode, stderr } = await lab(['doctor'], { PATH: '/usr/bin:/bin', KINDGCR_E2E_NODE_IMAGE: 'some/node:1' });
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/^lab: KINDGCR_E2E_NODE_IMAGE is set, but .*\n$/);
});

testWithoutRoot('without root the lab says that it needs root', async () => {
  const { exitCode, stderr } = await lab(['up']);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/^lab: the lab needs (root|Debian|Linux)/);
});

test.each([
  [['node', 'no-role'], /CLUSTER-control-plane/],
  [['cluster', 'Bad_Name'], /usage: lab cluster/],
  [['trust', 'ca.crt'], /usage: lab trust/],
  [['hosts', 'gcr.io 10.0.0.1'], /is not an address and its names/],
  [['frobnicate'], /Usage: lab COMMAND/],
] as const)('bad arguments are refused: lab %s', async (args, message) => {
  const { exitCode, stderr } = await lab(args);
  expect(exitCode).toBe(64);
  expect(stderr).toMatch(message);
});
