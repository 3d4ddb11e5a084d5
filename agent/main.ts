import process from 'node:process';
import { runAgent } from './program.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
// A reader that has gone away (`status | head -1`) is no failure of ours.
process.stdout.on('error', () => {});

void runAgent(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // CLOCK_MONOTONIC, which all processes of one boot share, and by which systemd tells when a service started.
  awake: () => Number(process.hrtime.bigint() / 1_000_000n),
  signal: stop.signal,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
