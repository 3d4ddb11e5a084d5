import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exec } from '../../../core/system/exec.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { REPOSITORY, start } from '../../support/run/run.ts';

/** Runs a shell script. */
const sh = (script: string, options = {}) => exec('sh', ['-c', script], options);

/** Whether a process is running; a zombie is not. */
async function isValid(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/^\d+ \(.*\) Z/.test(stat);
}

test.each([
  ['reaches its time limit', { timeout: 300 }, () => {}],
  ['is stopped', { timeout: 60_000 }, (stop: AbortController) => setTimeout(() => stop.abort(), 300)],
])('a program that %s is killed with everything that it started', async (_, options, act) => {
  const folder = await tempDir();
  const stop = new AbortController();
  act(stop);
  const script = `trap '' TERM; (trap '' TERM; echo $$ > ${folder}/first; exec sleep 300) & echo $! > ${folder}/pid; wait`;
  const { ended } = await sh(script, { ...options, signal: stop.signal });
  expect(ended).toBe(options.timeout === 300 ? 'timed-out' : 'killed');
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  await expect.poll(() => isValid(pid), { timeout: 20_000 }).toBe(false);
});

test("a program's output is returned when it exits, even if another process holds its stdout open", async () => {
  const { ended, exitCode, stdout } = await sh('sleep 300 & echo $!', { timeout: 60_000 });
  process.kill(Number(stdout));
  expect({ ended, exitCode }).toEqual({ ended: 'exited', exitCode: 0 });
});

test('large output is complete', async () => {
  const { stdout } = await sh('head -c 5000000 /dev/zero | tr "\\0" x', { timeout: 60_000 });
  expect(stdout).toHaveLength(5_000_000);
});

test.each(['stdout', 'stderr'] as const)('a program that prints without end on %s is killed', async (pipe) => {
  const redirect = pipe === 'stderr' ? '>&2' : '';
  const result = await sh(`trap '' PIPE; while :; do echo no end ${redirect} || :; done`, { maxOutput: 10_000 });
  expect(result.ended).toBe('too-much-output');
  expect(result[pipe].length).toBeLessThanOrEqual(10_000);
});

test('a missing program is not found', async () => {
  expect(await exec('/no/such/program', [], { timeout: 60_000 })).toMatchObject({ ended: 'not-found' });
});

test.each([
  ['one child, its parent handles the signal', 1, "process.once('SIGTERM', () => {})", 'killed\n', 0],
  ['two children, their parent does not handle the signal', 2, '', '', undefined],
])(
  '%s: the children end, and the parent ends as it would without them',
  async (_, count, handler, stdout, exitCode) => {
    const folder = await tempDir();
    const code = `import { exec } from '${join(REPOSITORY, 'core/system/exec.ts')}';
${handler}
const child = () => exec('sh', ['-c', ': > "$0/$$"; exec sleep 60', '${folder}'], { timeout: 60_000 });
const ended = await Promise.all(Array.from({ length: ${count} }, child));
console.log(...ended.map(({ ended }) => ended));`;
    const program = await start(process.execPath, ['--input-type=module', '--eval', code]);
    onTestFinished(async () => void (await program.stop('SIGKILL')));
    const children = () => readdir(folder);
    await expect.poll(children).toHaveLength(count);
    const pids = (await children()).map(Number);
    expect(await program.stop('SIGTERM')).toMatchObject({ stdout, exitCode });
    for (const pid of pids) await expect.poll(() => isValid(pid)).toBe(false);
  },
);
