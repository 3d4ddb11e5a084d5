import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { runProgram } from '../support/run/programs.ts';

const HOUR = 3_600_000;
const at = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();

/** A fake kubectl that knows one context, and records what is applied. Messages as of kubectl 1.32. */
const KUBECTL = `#!/bin/sh
case "$*" in
  *--context=gone*) echo 'error: context "gone" does not exist' >&2; exit 1 ;;
  *"get secret"*) printf found:kindgcr ;;
  *"get serviceaccount"*) echo '{"metadata":{"resourceVersion":"1"},"imagePullSecrets":[{"name":"kindgcr"}]}' ;;
  *apply*) cat >> "$0.applied" ;;
  *) echo "the fake kubectl can't $*" >&2; exit 1 ;;
esac
`;

async function machine(secrets: readonly object[]) {
  const google = await startGoogle();
  const [home, bin] = [await tempDir(), await tempDir()];
  await writeDocker(bin, { containers: [] });
  await writeFile(join(bin, 'kubectl'), KUBECTL);
  await chmod(join(bin, 'kubectl'), 0o755);
  const kept = join(home, '.config/kindgcr/pull-secrets.json');
  await mkdir(join(home, '.config/kindgcr'), { recursive: true });
  await writeFile(kept, JSON.stringify({ version: 1, secrets }));
  const key = { KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: await google.keyfile() };
  const env = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, ...google.env, ...key };
  return {
    watch: () => runProgram('host', ['watch', '--once'], { env }),
    applied: () => readFile(join(bin, 'kubectl.applied'), 'utf8').catch(() => ''),
    kept: async () => JSON.parse(await readFile(kept, 'utf8')).secrets,
  };
}

const secret = (context: string, namespace: string, renewAt: string) => ({
  context,
  namespace,
  name: 'kindgcr',
  serviceAccounts: ['default'],
  registries: ['gcr.io'],
  expiresAt: at(HOUR),
  renewAt,
});

test('watch --once renews a pull secret that is due, and leaves another as it is', async () => {
  const { watch, applied, kept } = await machine([
    secret('dev', 'due', at(-1000)),
    secret('dev', 'fresh', at(HOUR / 2)),
  ]);
  const { stdout: log, exitCode } = await watch();
  expect(exitCode).toBe(0);
  expect(log).toMatch(/renewed secret kindgcr in namespace due of dev/);
  expect(log).not.toContain('fresh');
  expect((await applied()).match(/namespace: .*/g)).toEqual(['namespace: "due"']);
  const renewed = (await kept()).find(({ namespace }: { namespace: string }) => namespace === 'due');
  const half = Date.now() + (Date.parse(renewed.expiresAt) - Date.now()) / 2;
  expect(Math.abs(Date.parse(renewed.renewAt) - half)).toBeLessThan(HOUR / 30); // half of its lifetime, not its expiry
});

test('watch --once drops a pull secret whose cluster was deleted from its list', async () => {
  const { watch, kept } = await machine([secret('gone', 'a', at(-1000)), secret('dev', 'b', at(HOUR / 2))]);
  const { stdout: log, exitCode } = await watch();
  expect(exitCode).toBe(0);
  expect(log).toMatch(/the cluster of context "gone" is gone/);
  expect((await kept()).map(({ context }: { context: string }) => context)).toEqual(['dev']);
});

test('it keeps a pull secret whose context has the same name in another kubeconfig', async () => {
  const other = { ...secret('gone', 'b', at(HOUR / 2)), kubeconfig: '/other' };
  const { watch, kept } = await machine([secret('gone', 'a', at(-1000)), other]);
  expect((await watch()).exitCode).toBe(0);
  expect(await kept()).toEqual([other]);
});
