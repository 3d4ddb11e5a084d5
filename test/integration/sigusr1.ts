import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { type RunningProgram, start } from '../support/run/run.ts';

// By default SIGUSR1 opens Node's inspector, a port with no password. Each of these sends it to a program in the middle of
// its work, and expects that the work goes on and that nothing listens.

/** Sends SIGUSR1 to a running program, waits until its work goes on, and checks that no inspector was opened. */
export async function sigusr1(program: RunningProgram, goesOn: () => Promise<unknown>): Promise<void> {
  process.kill(program.pid, 'SIGUSR1');
  await goesOn();
  expect(program.output).not.toMatch(/debugger|inspector/i);
  expect(await listeningPorts(program.pid)).toEqual([]);
}

/** Sends SIGUSR1 to the helper while gcloud makes it wait for a token. Its interpreter, if it has one, is in the folder `path`. */
export async function sigusr1DuringGet(helper: string, path: string): Promise<void> {
  const folder = await tempDir();
  const gcloud = join(folder, 'gcloud');
  const answer = join(folder, 'answer');
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  const credential = JSON.stringify({ credential: { access_token: 't0ken', token_expiry: expiry } });
  const wait = `while [ ! -e '${answer}' ]; do sleep 0.1; done`;
  await writeFile(gcloud, `#!/bin/sh\n: > '${folder}/asked'\n${wait}\necho '${credential}'\n`, { mode: 0o755 });
  await writeFile(join(folder, 'question'), 'gcr.io');
  const program = await start('sh', ['-c', `exec '${helper}' get < '${folder}/question'`], {
    env: { HOME: folder, PATH: `${path}:/usr/bin:/bin`, KINDGCR_SOURCE: 'gcloud', KINDGCR_GCLOUD: gcloud },
  });
  onTestFinished(async () => void (await program.stop('SIGKILL')));
  await expect.poll(() => readdir(folder)).toContain('asked');
  await sigusr1(program, async () => {
    await writeFile(answer, '');
    const { stdout, exitCode } = await program.ended;
    expect([exitCode, JSON.parse(stdout).Secret]).toEqual([0, 't0ken']);
  });
}

/** Sends SIGUSR1 to `kindgcr watch` while it waits for a container engine, of which there is none in the folder `path`. */
export async function sigusr1DuringWatch(kindgcr: string, path: string): Promise<void> {
  const [home, bin] = [await tempDir(), await tempDir()];
  const program = await start(kindgcr, ['watch', '--name', 'dev'], {
    env: { HOME: home, PATH: `${bin}:${path}` },
  });
  onTestFinished(async () => void (await program.stop('SIGKILL')));
  await program.prints(/error no container engine/);
  await sigusr1(program, async () => {
    await writeDocker(bin, { containers: [{ name: 'other-control-plane', cluster: 'other', role: 'control-plane' }] });
    await program.prints(/ignoring a cluster that was not chosen cluster=other/);
  });
  expect((await program.stop()).exitCode).toBe(0);
}

/** The TCP ports that a process listens on; none when it has exited. */
async function listeningPorts(pid: number): Promise<number[]> {
  const folder = `/proc/${pid}`;
  const names = await readdir(`${folder}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/fd/${name}`).catch(() => '')));
  const tables = ['tcp', 'tcp6'].map((name) => readFile(`${folder}/net/${name}`, 'utf8').catch(() => ''));
  return (await Promise.all(tables)).flatMap((table) =>
    table.split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const isListening = state === '0A' && targets.includes(`socket:[${inode}]`);
      return isListening ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
    }),
  );
}
