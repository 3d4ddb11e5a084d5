import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type StandInContainer, writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { runProgram, startProgram } from '../support/run/programs.ts';

const DEV: StandInContainer = { name: 'dev-control-plane', cluster: 'dev', role: 'control-plane' };

/** A user who installed into the cluster "old", which was deleted since. */
async function userOf(containers: readonly StandInContainer[], { hangs = false } = {}) {
  const home = await tempDir();
  const bin = await tempDir();
  await writeDocker(bin, { containers, hangs });
  const config = join(home, '.docker/config.json');
  const settings = join(home, '.config/kindgcr/config.json');
  await mkdir(join(home, '.docker'));
  await mkdir(join(home, '.config/kindgcr'), { recursive: true });
  const kept = { auths: { 'quay.io': {} }, credHelpers: { 'quay.io': 'pass' } };
  await writeFile(config, JSON.stringify({ ...kept, credHelpers: { ...kept.credHelpers, 'gcr.io': 'kindgcr' } }));
  await writeFile(settings, JSON.stringify({ clusters: ['old'], docker: { [config]: { 'gcr.io': null } } }));
  const env = { HOME: home, PATH: bin };
  return {
    kept,
    config,
    settings,
    /** A systemctl that knows the background service; returns its calls, one per line. */
    async systemctl() {
      const calls = join(home, 'systemctl-calls');
      await writeFile(join(bin, 'systemctl'), `#!/bin/sh\necho "$*" >> '${calls}'\n`, { mode: 0o755 });
      return () => readFile(calls, 'utf8');
    },
    kindgcr: (...args: string[]) => runProgram('host', args, { env }),
    start: (...args: string[]) => startProgram('host', args, { env }),
    kindgcrWith: (more: Record<string, string>, ...args: string[]) =>
      runProgram('host', args, { env: { ...env, ...more } }),
  };
}

test('uninstall of a deleted cluster removes it from the settings, and Docker no longer asks kindgcr', async () => {
  const { kindgcr, kept, config, settings } = await userOf([]);
  const { stdout, stderr, exitCode } = await kindgcr('uninstall', '--name', 'old');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    'Cluster "old" is gone already; it is forgotten.\nDocker on this machine no longer asks kindgcr.\n',
  );
  expect(JSON.parse(await readFile(config, 'utf8'))).toEqual(kept);
  await expect(access(settings)).rejects.toThrow('ENOENT');
});

test('uninstall --all --quiet prints nothing; an unknown cluster is an error', async () => {
  const { kindgcr } = await userOf([]);
  expect(await kindgcr('uninstall', '--name', 'never')).toMatchObject({ exitCode: 6, stdout: '' });
  expect(await kindgcr('uninstall', '--all', '--purge', '-q')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
});

test('uninstall as JSON: one JSON document on stdout', async () => {
  const { kindgcr } = await userOf([]);
  const { stdout, exitCode } = await kindgcr('uninstall', '--all', '-o', 'json');
  expect(JSON.parse(stdout)).toEqual({ nodes: [], gone: ['old'], installedIn: [] });
  expect(exitCode).toBe(0);
});

test('a second Ctrl-C stops an uninstall at once, and prints that it has to be run again', async () => {
  const { start } = await userOf([DEV], { hangs: true });
  const removing = await start('uninstall', '--name', 'dev');
  await removing.prints(/removing the agent/);
  process.kill(removing.pid, 'SIGINT');
  await removing.prints(/stopping; press Ctrl-C again to stop at once/);
  const { stderr, exitCode } = await removing.stop('SIGINT');
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(/\nstopped at once: nodes may still hold some of it; run kindgcr uninstall again\n$/);
});

test('the last uninstall removes the background service and says so', async () => {
  const { kindgcr, systemctl } = await userOf([]);
  const calls = await systemctl();
  const { stdout } = await kindgcr('uninstall', '--all');
  expect(stdout).toContain('The background service was removed: it has nothing left to renew.\n');
  expect(await calls()).toContain('--user disable --now kindgcr-watch.service\n');
});

test('a pull secret keeps the background service: uninstall says so, and --purge removes it anyway', async () => {
  const { kindgcr, systemctl, settings } = await userOf([]);
  const calls = await systemctl();
  const at = '2031-05-06T12:00:00.000Z';
  const secret = { context: 'dev', namespace: 'team-a', name: 'kindgcr', serviceAccounts: [], registries: ['gcr.io'] };
  const kept = { version: 1, secrets: [{ ...secret, expiresAt: at, renewAt: at }] };
  await writeFile(join(dirname(settings), 'pull-secrets.json'), JSON.stringify(kept));
  const { stdout } = await kindgcr('uninstall', '--all');
  expect(stdout).toContain('Pull secrets are still renewed in the background: team-a/kindgcr; to stop that: ');
  expect(await calls().catch(() => '')).not.toContain('disable');
  const purge = await kindgcr('uninstall', '--all', '--purge');
  expect(purge.stdout).toContain('The background service was removed');
  expect(await calls()).toContain('--user disable --now kindgcr-watch.service\n');
});

test('uninstall --purge removes cached tokens, which uninstall alone keeps', async () => {
  const { kindgcr, settings } = await userOf([]);
  const cache = join(dirname(settings), '../../.cache/kindgcr');
  const token = join(cache, `token-${'a'.repeat(32)}.json`);
  await mkdir(cache, { recursive: true });
  await writeFile(token, '{}');
  await kindgcr('uninstall', '--all');
  await access(token);
  await kindgcr('uninstall', '--all', '--purge');
  await expect(access(cache)).rejects.toThrow('ENOENT');
});

test('status names a deleted cluster, and what to do about it', async () => {
  const { kindgcr } = await userOf([DEV]);
  const { stdout, exitCode } = await kindgcr('status');
  expect(stdout).toContain('Docker   asks kindgcr for gcr.io; but docker-credential-kindgcr is not on PATH\n');
  expect(stdout).toContain('cluster "old" is gone; remove it from the settings: kindgcr uninstall --name old\n');
  expect(exitCode).toBe(0);
});

test('doctor without gcloud: failed, skipped and warning checks, and the exit code', async () => {
  const { kindgcrWith, config } = await userOf([DEV]);
  await writeFile(
    config,
    JSON.stringify({ auths: { 'https://europe-docker.pkg.dev': { auth: 'c2VjcmV0OnNlY3JldA==' } } }),
  );
  const { env } = await startGoogle();
  const { stdout, stderr, exitCode } = await kindgcrWith({ ...env }, 'doctor');
  expect(stdout).toMatch(/^✗ source: gcloud is not installed, or not on PATH.*\n {4}→ Install the Google Cloud CLI/);
  expect(stdout).toContain('– token: no credential\n');
  expect(stdout).toContain(
    '✗ stored logins: Docker uses a stored login, which may have expired, for europe-docker.pkg.dev\n' +
      '    → kindgcr install --registries europe-docker.pkg.dev; or remove it: docker logout europe-docker.pkg.dev\n',
  );
  expect(stdout).toContain('! old: the cluster is gone\n    → Forget it: kindgcr uninstall --name old\n');
  expect(stdout).not.toContain('c2VjcmV0');
  expect(stderr).toMatch(/^error: \d of \d+ checks failed\nhint: Follow the steps after each ✗/);
  expect(exitCode).toBe(3);
});

test.each([
  ['--name with --all', ['install', '--name', 'dev', '--all'], /^error: --name can't be combined with --all\nhint: /],
  [
    'a name that kind would not take',
    ['status', '--name', 'a b;c'],
    /The name of a kind cluster has lower-case letters/,
  ],
  ['no image', ['doctor', '--image', 'gcr.io/A B'], /is not the name of an image\nhint: /],
  ['quiet and verbose', ['status', '-q', '-v'], /cannot be used with option/],
  ['an unknown shell', ['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
])('%s: one sentence, exit 2', async (_, args, message) => {
  const { kindgcr } = await userOf([DEV]);
  const { stderr, exitCode } = await kindgcr(...args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(2);
});

test('an engine that kind does not know is ignored with a warning, as kind does', async () => {
  const { kindgcrWith } = await userOf([DEV]);
  const { stderr } = await kindgcrWith({ KIND_EXPERIMENTAL_PROVIDER: 'lxc' }, 'status');
  expect(stderr).toBe(
    'warning: KIND_EXPERIMENTAL_PROVIDER is ignored, as kind does: "lxc" is not one of docker, nerdctl, finch, podman, nerdctl.lima\n',
  );
});
