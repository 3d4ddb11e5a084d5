import { X509Certificate } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../files/temp-dir.ts';
import { run } from '../run/run.ts';
import { createCertificateAuthority } from './certificates.ts';
import { listen } from './listen.ts';

test('Node trusts a certificate of a test CA for its names and no others', async () => {
  const dir = await tempDir();
  const ca = await createCertificateAuthority();
  await ca.writeCert(join(dir, 'ca.crt'));
  const identity = await ca.issue(['gcr.io', '127.0.0.1']);
  const server = createServer(identity, (_, response) => response.end('hello'));
  const { port, close } = await listen(server);
  onTestFinished(close);

  const get = (url: string, env: Record<string, string>) =>
    run(process.execPath, ['-e', `fetch('${url}').then((r) => r.text()).then(console.log)`], { env });
  const trusting = { NODE_EXTRA_CA_CERTS: join(dir, 'ca.crt') };
  expect((await get(`https://127.0.0.1:${port}/`, trusting)).stdout).toBe('hello\n');
  expect((await get(`https://127.0.0.1:${port}/`, {})).stderr).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  expect((await get(`https://localhost:${port}/`, trusting)).stderr).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('OpenSSL accepts the chain with all its checks on', async ({ skip }) => {
  const openssl = await run('/usr/bin/openssl', ['version']).catch(() => undefined);
  if (openssl === undefined) skip('openssl is not installed');
  const dir = await tempDir();
  const ca = await createCertificateAuthority();
  await ca.writeCert(join(dir, 'ca.crt'));
  await writeFile(join(dir, 'gcr.crt'), (await ca.issue(['gcr.io'])).cert);
  const verify = (host: string) =>
    run(
      '/usr/bin/openssl',
      ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', host, '-CAfile', 'ca.crt', 'gcr.crt'],
      { cwd: dir },
    );
  expect(await verify('gcr.io')).toMatchObject({ exitCode: 0, stdout: 'gcr.crt: OK\n' });
  expect((await verify('evil.example')).exitCode).not.toBe(0);
});

test('a CA is loaded from its files, and its key file is readable only by its owner', async () => {
  const dir = await tempDir();
  const first = await createCertificateAuthority();
  await Promise.all([first.writeCert(join(dir, 'ca.crt')), first.writeKey(join(dir, 'ca.key'))]);
  expect((await stat(join(dir, 'ca.key'))).mode & 0o777).toBe(0o600);
  const again = await createCertificateAuthority({
    cert: await readFile(join(dir, 'ca.crt'), 'utf8'),
    key: await readFile(join(dir, 'ca.key'), 'utf8'),
  });
  const leaf = new X509Certificate((await again.issue(['gcr.io'])).cert);
  expect(leaf.verify(new X509Certificate(first.cert).publicKey)).toBe(true);
});
