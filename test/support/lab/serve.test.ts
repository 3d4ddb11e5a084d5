import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JWT } from 'google-auth-library';
import { Agent, fetch } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../files/temp-dir.ts';
import { writeGcloud } from '../gcloud/gcloud.ts';
import { REPOSITORY, run, start } from '../run/run.ts';
import { labServices } from './lab-services.ts';

async function serve(dir: string, ...flags: string[]) {
  const script = join(REPOSITORY, 'test/support/lab/serve.ts');
  const program = await start(process.execPath, [script, '--dir', dir, '--port', '0', ...flags]);
  onTestFinished(async () => void (await program.stop('SIGKILL')));
  await program.prints(/^ready on /);
  return program;
}

/** Sends requests to the services under any name, like a node whose /etc/hosts points there. */
function nodeFetch(port: number, ca: string) {
  const agent = new Agent({
    connect: { ca, lookup: (_, __, found) => found(null, [{ address: '127.0.0.1', family: 4 }]) },
  });
  onTestFinished(() => agent.destroy());
  return (url: string, init: object = {}) => {
    const here = new URL(url);
    here.port = String(port);
    return fetch(here, { ...init, dispatcher: agent });
  };
}

test('one process serves the token endpoint and the registries, and is controlled from another', async () => {
  const dir = join(await tempDir(), 'state');
  const program = await serve(dir, '--token-life', '180', '--challenge', 'basic', '--upstream', 'http://127.0.0.1:1');
  const services = await labServices(dir);
  const { port } = await services.facts();
  const fetch = nodeFetch(port, await readFile(services.caCert, 'utf8'));
  const key = JSON.parse(await readFile(services.keyFile, 'utf8'));
  expect((await stat(services.keyFile)).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir, 'control.sock'))).mode & 0o077).toBe(0);

  const login = async () => {
    const client = new JWT({
      email: key.client_email,
      key: key.private_key,
      scopes: ['https://www.googleapis.com/auth/devstorage.read_only'],
      transporterOptions: { fetchImplementation: fetch as unknown as typeof globalThis.fetch },
    });
    return (await client.authorize()).access_token ?? '';
  };
  const token = await login();
  const pull = async (host: string) => {
    const authorization = `Basic ${Buffer.from(`oauth2accesstoken:${token}`).toString('base64')}`;
    return (await fetch(`https://${host}/v2/private/app/manifests/1`, { headers: { authorization } })).status;
  };
  expect(await services.isValid(token)).toBe(true);
  // the login is accepted, but there is no registry behind the front door
  for (const host of ['gcr.io', 'us.gcr.io', 'us-docker.pkg.dev']) expect(await pull(host), host).toBe(502);
  await services.revokeTokens();
  expect(await pull('gcr.io')).toBe(401);
  expect(await services.issued()).toMatchObject([{ number: 1, account: key.client_email, isValid: false }]);
  await expect
    .poll(() => services.accesses())
    .toMatchObject([...Array(3).fill({ status: 502 }), { auth: 'bad', token: 1, status: 401 }]);

  await services.setTokenLife(60);
  await login();
  const [, second] = await services.issued();
  expect((second?.expiresAt.getTime() ?? 0) - (second?.issuedAt.getTime() ?? 0)).toBe(60_000);
  await services.revoke(key.client_email);
  await expect(login()).rejects.toThrow('account not found');

  expect(await program.stop()).toMatchObject({ exitCode: 0, stderr: '' });
  expect(program.output).toMatch(/^ready on 127\.0\.0\.1:\d+\n$/);
  await expect(labServices(dir)).rejects.toThrow('no services answer');
});

test('a later run in the same folder keeps CA and key', async () => {
  const dir = await tempDir();
  const first = await serve(dir);
  const before = await Promise.all(['ca.crt', 'key.json'].map((name) => readFile(join(dir, name), 'utf8')));
  await first.stop('SIGKILL');
  await serve(dir);
  const services = await labServices(dir);
  expect(await Promise.all(['ca.crt', 'key.json'].map((name) => readFile(join(dir, name), 'utf8')))).toEqual(before);
  const { port } = await services.facts();
  const answer = await nodeFetch(port, before[0] ?? '')('https://gcr.io/v2/');
  expect(answer.headers.get('www-authenticate')).toBe(
    `Bearer realm="https://gcr.io:${port}/v2/token",service="gcr.io"`,
  );
});

test('the fake gcloud logs in there too', async () => {
  const dir = await tempDir();
  await serve(dir);
  const services = await labServices(dir);
  const gcloud = await writeGcloud(join(dir, 'bin'), { google: services });
  const { stdout } = await run(gcloud.program, ['config', 'config-helper', '--format=json']);
  expect(await services.isValid(JSON.parse(stdout).credential.access_token)).toBe(true);
});
