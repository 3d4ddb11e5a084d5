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

// Lazily: in the built executable the program is a script of its own that comes with V8's code cache.
void import('./program.ts')
  .then(({ runAgent }) =>
    runAgent(process.argv.slice(2), {
      env: process.env,
      get stdin() {
        return process.stdin; // opening it has a price, and most commands don't read
      },
      stdout: process.stdout,
      stderr: process.stderr,
      // CLOCK_MONOTONIC, which all processes of one boot share, and by which systemd tells when a service started.
      awake: () => Number(process.hrtime.bigint() / 1_000_000n),
      loadMint: () => import('./logins/mint.ts'),
      command: isSea() ? [process.execPath] : [process.execPath, process.argv[1] ?? ''],
      signal: stop.signal,
    }),
  )
  .then((exitCode) => {
    process.exitCode ||= exitCode;
  });
