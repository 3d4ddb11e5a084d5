import { expect, onTestFinished, test } from 'vitest';
import { cpuSeconds } from '../../../scripts/bench/process-use.ts';
import { start } from '../../support/run/run.ts';

const BUSY = "while (process.cpuUsage().user < 400_000); console.log('done')";

test.each([
  ['itself', BUSY],
  [
    'by a program that it ran',
    `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(BUSY)}]); console.log('done')`,
  ],
])('the CPU time of a process counts what it used %s', async (_whose, script) => {
  const program = await start(process.execPath, ['-e', `${script}; setInterval(() => {}, 1e9)`]);
  onTestFinished(async () => void (await program.stop('SIGKILL')));
  await program.prints(/done/);
  expect(await cpuSeconds(program.pid)).toBeGreaterThan(0.3);
});
