import { expect, test } from 'vitest';
import { run, start } from './run.ts';

const node = (code: string) => [process.execPath, ['-e', code]] as const;

test('a program gets only the environment and the input it was given', async () => {
  const [file, args] = node('process.stdin.pipe(process.stdout); console.error(Object.keys(process.env).join())');
  const result = await run(file, args, { env: { ONLY: '1' }, input: 'typed\n' });
  expect(result).toMatchObject({ stdout: 'typed\n', stderr: 'ONLY\n', exitCode: 0, timedOut: false });
});

test('exit codes, signals and a timeout are reported', async () => {
  expect(await run(...node('process.exit(7)'))).toMatchObject({ exitCode: 7 });
  expect(await run(...node('process.kill(process.pid, "SIGKILL")'))).toMatchObject({ signal: 'SIGKILL' });
  expect(await run(...node('setInterval(() => {}, 1000)'), { timeout: 200 })).toMatchObject({ timedOut: true });
  await expect(run('/no/such/program')).rejects.toThrow('/no/such/program could not be started');
});

test('the output of a running program can be awaited, and the program stopped', async () => {
  const daemon = await start(
    ...node("process.on('SIGTERM', () => process.exit(3)); console.log('ready'); setInterval(() => {}, 1000)"),
  );
  expect(await daemon.prints(/ready/)).toContain('ready');
  expect(await daemon.stop()).toMatchObject({ exitCode: 3 });
  await expect(daemon.prints(/never/)).rejects.toThrow('exited before it printed /never/');
});
