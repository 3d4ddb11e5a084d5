import process from 'node:process';
import { isSea } from 'node:sea';
import { EXIT_CODES } from '../core/errors.ts';
import { onLostOutput } from '../core/system/write-errors.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
onLostOutput(process, (code) => {
  process.stderr.write(`error: the output can't be written (${code})\n`);
  process.exitCode ||= EXIT_CODES.FILE_FAILED;
});

// Lazy: in the built executable the program is a separate script with a V8 code cache.
void import('./program.ts')
  .then(({ runAgent }) =>
    runAgent(process.argv.slice(2), {
      env: process.env,
      get stdin() {
        return process.stdin; // opening it is costly, and most commands don't read it
      },
      stdout: process.stdout,
      stderr: process.stderr,
      // CLOCK_MONOTONIC: shared by all processes of one boot, and the clock of systemd's start times.
      awake: () => Number(process.hrtime.bigint() / 1_000_000n),
      loadMint: () => import('./logins/mint.ts'),
      command: isSea() ? [process.execPath] : [process.execPath, process.argv[1] ?? ''],
      signal: stop.signal,
    }),
  )
  .then((exitCode) => {
    process.exitCode ||= exitCode;
  });
