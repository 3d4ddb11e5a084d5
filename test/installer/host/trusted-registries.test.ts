import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  forgetTrust,
  readTrust,
  rememberTrust,
  trustedHosts,
  trustFolder,
} from '../../../installer/host/trusted-registries.ts';
import { trustingFetch } from '../../../installer/host/trusting-fetch.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { createCertificateAuthority } from '../../support/network/certificates.ts';
import { listen } from '../../support/network/listen.ts';

test('what is remembered is for the user alone, and gone when it is forgotten', async () => {
  const user = { env: { HOME: await tempDir() }, platform: 'linux' } as const;
  const host = 'registry.example:5000';
  const trust = { ca: 'a', client: { cert: 'b', key: 'c' } };
  await rememberTrust(host, trust, user);
  expect(readTrust(host, user)).toEqual(trust);
  expect(await trustedHosts(user)).toEqual([host]);
  const [folder = ''] = await readdir(trustFolder(user));
  for (const name of ['ca.crt', 'client.cert', 'client.key']) {
    expect((await stat(join(trustFolder(user), folder, name))).mode & 0o777).toBe(0o600);
  }
  await forgetTrust(host, user);
  expect(readTrust(host, user)).toBeUndefined();
});

test('a registry behind a private authority is reached once it is trusted', async () => {
  const user = { env: { HOME: await tempDir() }, platform: 'linux' } as const;
  const authority = await createCertificateAuthority();
  const server = createServer(await authority.issue(['127.0.0.1']), (_, response) => response.end('hello'));
  const { port, close } = await listen(server);
  onTestFinished(close);
  const host = `127.0.0.1:${port}`;
  const ask = async () => await (await trustingFetch(user)(`https://${host}/v2/`)).text();
  await expect(ask()).rejects.toThrow();
  await rememberTrust(host, { ca: authority.cert, client: undefined }, user);
  expect(await ask()).toBe('hello');
});
