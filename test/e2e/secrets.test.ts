import { readlinkSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSecretFile } from '../support/files/secret-file.ts';
import { e2e, PULL } from './e2e.ts';
import { watchProcesses } from './process-watch.ts';

const world = e2e('discreet');

/** All that was printed, and all that processes showed, while everything below was done. */
const printed: string[] = [];
let shown: ReadonlySet<string>;
/** Pieces of what never ends: lines of the private key, the user's refresh token and client secret. */
const lasting: string[] = [];

const kindgcr = async (...args: string[]) => {
  const { stdout, stderr, exitCode } = await world.user.run('kindgcr', ...args);
  printed.push(stdout, stderr);
  return { exitCode, stderr };
};

test('nodes that feed themselves, nodes that the host feeds, docker and failures: the programs do all that they can, and are watched', async () => {
  const { node, user, services } = world;
  const adc = join(user.home, '.config/gcloud/application_default_credentials.json');
  const login = await services.authorizedUser({ account: 'secrets@example.com' });
  await mkdir(dirname(adc), { recursive: true });
  await writeSecretFile(adc, JSON.stringify(login));
  const key = JSON.parse(await readFile(services.keyFile, 'utf8'));
  lasting.push(...key.private_key.split('\n').filter((line: string) => line.length === 64));
  lasting.push(login.refresh_token, login.client_secret);

  const init = (await node.docker('inspect', '--format', '{{.State.Pid}}', node.name)).stdout.trim();
  const inNode = readlinkSync(`/proc/${init}/ns/pid`);
  const watch = watchProcesses(
    ({ pidNamespace, environ }) => pidNamespace === inNode || environ.includes(`HOME=${user.home}`),
  );
  try {
    expect(await kindgcr('install', '--name', 'discreet', '--keyfile', services.keyFile, '-v')).toMatchObject({
      exitCode: 0,
    });
    await node.runPod('one', 'gcr.io/private/app:1');
    await expect.poll(() => node.podState('one'), PULL).toMatchObject({ phase: 'Running' });
    expect(await kindgcr('install', '--name', 'discreet', '--source', 'adc', '-v')).toMatchObject({ exitCode: 0 });
    expect(await kindgcr('refresh', '--name', 'discreet')).toMatchObject({ exitCode: 0 });
    const pull = await user.run('docker', 'pull', 'gcr.io/private/app:2');
    expect(pull.exitCode).toBe(0);
    printed.push(pull.stdout, pull.stderr);
    await kindgcr('status');
    await kindgcr('status', '--output', 'json');
    await kindgcr('doctor');
    // What goes wrong must not quote what it went wrong with.
    for (const wrong of [
      '{"auths":',
      JSON.stringify({ version: 1, logins: [{ secret: 'ya29.wrong', username: 1 }] }),
    ]) {
      const { stdout, stderr, exitCode } = await node.exec(['kindgcr-agent', 'receive'], wrong);
      expect(exitCode).not.toBe(0);
      expect(stdout + stderr).not.toContain('ya29.wrong');
    }
  } finally {
    watch.stop();
    shown = watch.seen;
  }
});

/** The numbers of the tokens in a text, and whether anything lasting is in it. Says nothing of the secrets. */
const secretsIn = async (text: string) => ({
  tokens: await world.services.tokensIn(text),
  lasting: lasting.filter((piece) => text.includes(piece)).length,
});
const NONE = { tokens: [], lasting: 0 };

test('a secret that is looked for would be found: config.json holds a token, in base64', async () => {
  const found = await secretsIn(await world.node.sh('cat /var/lib/kubelet/config.json'));
  expect(found.tokens.length).toBe(1);
  expect((await secretsIn(await world.node.sh('cat /run/kindgcr/logins.json'))).tokens).toEqual(found.tokens);
  expect((await secretsIn(await readFile(world.services.keyFile, 'utf8'))).lasting).toBeGreaterThan(10);
});

test('no command line and no environment showed a secret', async () => {
  const all = [...shown].join('\n');
  expect(all).toMatch(/exec\0.*discreet-control-plane\0\/usr\/local\/bin\/kindgcr-agent\0receive/);
  expect(all).toMatch(/docker-credential-kindgcr|kindgcr-agent\0run/);
  expect(await secretsIn(all)).toEqual(NONE);
});

test('nothing that was printed or logged holds a secret', async () => {
  const { node } = world;
  const journal = await node.sh('journalctl --no-pager --all --output=export | tr -d "\\0"');
  expect(journal).toContain('kindgcr-agent is running');
  expect(await secretsIn(journal)).toEqual(NONE);
  const said = printed.join('\n');
  expect(said).toContain('discreet-control-plane');
  expect(await secretsIn(said)).toEqual(NONE);
  const { stdout, stderr } = await node.docker('logs', node.name);
  expect(await secretsIn(stdout + stderr)).toEqual(NONE);
});

test('where a secret lies, only its owner reads it', async () => {
  const { node, user } = world;
  const marks = "grep -rlE 'ya29|PRIVATE KEY|b2F1dGgyYWNjZXNzdG9rZW46|refresh_token'";
  const inNode = await node.sh(
    `${marks} /etc/kindgcr /run /tmp /var/tmp /var/log /root /var/lib/kubelet/config.json* /var/lib/kindgcr 2>/dev/null | xargs stat -c '%a %U %n' | sort`,
  );
  expect(inNode).toBe('600 root /run/kindgcr/logins.json\n600 root /var/lib/kubelet/config.json\n');
  const { stdout } = await user.run('sh', '-c', `${marks} ${user.home} | xargs stat -c '%a %n'`);
  const files = stdout.trim().split('\n');
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter((line) => !line.startsWith('600 '))).toEqual([]);
});
