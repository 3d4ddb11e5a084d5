import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeDocker } from '../support/docker/docker.ts';
import { folderNode, writeFolderAgent } from '../support/docker/folder-node.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { runProgram, startProgram } from '../support/run/programs.ts';

async function machine(docker?: Parameters<typeof writeDocker>[1]) {
  const [home, bin] = [await tempDir(), await tempDir()];
  if (docker) await writeDocker(bin, docker);
  const env = { HOME: home, PATH: bin };
  return {
    home,
    bin,
    kindgcr: (...args: string[]) => runProgram('host', args, { env }),
    watch: async (...args: string[]) => {
      const program = await startProgram('host', ['watch', ...args], { env });
      onTestFinished(async () => void (await program.stop('SIGKILL')));
      return program;
    },
  };
}

test('watch --once without an engine: one sentence, exit 5', async () => {
  const { kindgcr } = await machine();
  const { stderr, exitCode } = await kindgcr('watch', '--once');
  expect(stderr).toMatch(/^error: no container engine: .*\nhint: /);
  expect(exitCode).toBe(5);
});

test('without an engine the watch waits, and continues when there is one', async () => {
  const { watch, bin } = await machine();
  const watching = await watch('--name', 'dev');
  await watching.prints(/error no container engine/);
  await writeDocker(bin, { containers: [{ name: 'other-control-plane', cluster: 'other', role: 'control-plane' }] });
  await watching.prints(/ignoring a cluster that was not chosen cluster=other/);
  const { exitCode, output } = { ...(await watching.stop()), output: watching.output };
  expect(exitCode).toBe(0);
  expect(output).toMatch(/kindgcr watch is running version=\S+ clusters=dev\n/);
  expect(output).toMatch(/kindgcr watch has stopped\n$/);
});

test('when nothing is chosen yet, the watch prints how to choose', async () => {
  const { watch } = await machine({ containers: [] });
  await (await watch()).prints(/clusters="none yet; choose one: kindgcr install --name CLUSTER"/);
});

test('one watch for each user; the next one can start when it has stopped', async () => {
  const { watch, kindgcr, home } = await machine({ containers: [] });
  const first = await watch();
  await first.prints(/is running/);
  const second = await kindgcr('watch');
  expect(second.stderr).toMatch(/^error: another kindgcr watch is running for this user\nhint: /);
  expect(second.exitCode).toBe(10);
  await first.stop();
  expect(await readdir(join(home, '.local/state/kindgcr'))).toEqual(['watch']); // the lock's file, which stays
  expect((await kindgcr('watch', '--once')).exitCode).toBe(0);
});

test('service install without a service manager: exit 11, an alternative, and no file left behind', async () => {
  const { kindgcr, home } = await machine();
  const { stderr, exitCode } = await kindgcr('service', 'install', '--all');
  expect(stderr).toMatch(
    /^error: no background service could be set up: systemctl is not installed\nhint: .*: kindgcr watch\n$/,
  );
  expect(exitCode).toBe(11);
  expect(await readdir(home)).toEqual([]);
  expect((await kindgcr('service', 'status')).stdout).toBe('not installed; install it: kindgcr service install\n');
  expect((await kindgcr('service', 'uninstall')).stdout).toBe('There was no background service.\n');
});

test('watch -q logs only errors, -v each program that it runs', async () => {
  const quiet = await (await machine()).watch('--name', 'dev', '-q');
  await quiet.prints(/error no container engine/);
  expect(quiet.output).not.toContain('is running');
  const verbose = await (await machine({ containers: [] })).watch('--name', 'dev', '-v');
  await verbose.prints(/debug: docker ps --all/);
});

test('service uninstall -q prints nothing when there was none', async () => {
  const { kindgcr } = await machine();
  expect(await kindgcr('service', 'uninstall', '-q')).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
});

test('watch asks Google once for all nodes of a cluster that need a login', async () => {
  const google = await startGoogle();
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint });
  const nodes = [await folderNode(), await folderNode()];
  const [home, bin] = [await tempDir(), await tempDir()];
  await writeFolderAgent(join(bin, 'kindgcr-agent'));
  await writeDocker(bin, {
    env: { HOME: home, ...google.env },
    containers: nodes.map(({ root }, index) => ({
      name: `dev-${index}`,
      cluster: 'dev',
      role: index === 0 ? 'control-plane' : 'worker',
      root,
    })),
  });
  const env = {
    HOME: home,
    PATH: `${bin}:/usr/bin:/bin`,
    KINDGCR_AGENT: join(bin, 'kindgcr-agent'),
    KINDGCR_GCLOUD: gcloud.program,
    ...google.env,
  };
  const kindgcr = (...args: string[]) => runProgram('host', args, { env, timeout: 170_000 });
  expect((await kindgcr('install', '--name', 'dev')).exitCode).toBe(0);
  for (const { layout } of nodes) await rm(layout.logins); // as after a restart of the nodes
  const before = (await gcloud.calls()).length;
  const { stdout, exitCode } = await kindgcr('watch', '--once');
  expect([exitCode, stdout.match(/sent fresh credentials/g)]).toEqual([0, Array(2).fill('sent fresh credentials')]);
  expect((await gcloud.calls()).length - before).toBe(1);
  for (const node of nodes) expect((await node.status()).nextRenewalAt).not.toBeNull();
});
