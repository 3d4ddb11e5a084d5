import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { createCertificateAuthority } from '../support/network/certificates.ts';
import { helperAt, withKey } from '../support/run/helper.ts';
import { runProgram } from '../support/run/programs.ts';

test('a workload that proves itself by a certificate gets its token through the proxy', async () => {
  const google = await startGoogle();
  const home = await tempDir();
  const { cert, key } = await (await createCertificateAuthority()).issue(['workload']);
  const file = (name: string) => join(home, name);
  const write = (name: string, content: unknown) => writeFile(file(name), JSON.stringify(content), { mode: 0o600 });
  await writeFile(file('cert.pem'), cert);
  await writeFile(file('key.pem'), key, { mode: 0o600 });
  await write('certificates.json', {
    cert_configs: { workload: { cert_path: file('cert.pem'), key_path: file('key.pem') } },
  });
  await write('adc.json', {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/x509',
    subject_token_type: 'urn:ietf:params:oauth:token-type:mtls',
    token_url: 'https://sts.mtls.googleapis.com/v1/token',
    credential_source: { certificate: { certificate_config_location: file('certificates.json') } },
  });
  google.apis.foreignTokens.set(JSON.stringify([new X509Certificate(cert).raw.toString('base64')]), 'principal://ci');
  const helper = await helperAt(home);
  const env = { ...google.env, GOOGLE_APPLICATION_CREDENTIALS: file('adc.json') };
  const { stdout, stderr } = await helper(['get'], { input: 'gcr.io', env });
  expect(stderr).toBe('');
  expect(google.endpoint.issuedFor(JSON.parse(stdout).Secret)).toMatchObject({ account: 'principal://ci' });
});

test("the log of Google's library, which prints tokens, stays off", async () => {
  const { env, helper } = await withKey();
  const logging = { GOOGLE_SDK_NODE_LOGGING: '*', NODE_DEBUG: 'auth', DEBUG: '*' };
  const { stderr, exitCode } = await helper(['get'], { input: 'gcr.io', env: { ...env, ...logging } });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

test('doctor goes on after a proxy variable that holds no address, and does not print its value', async () => {
  const { env } = await withKey();
  const wrong = { ...env, HOME: await tempDir(), PATH: '', HTTPS_PROXY: 'http://user:hunter2#x@proxy:1' };
  const { stdout, stderr } = await runProgram('host', ['doctor'], { env: wrong });
  expect(stdout).toContain('HTTPS_PROXY does not hold the address of a proxy');
  expect(stdout).toMatch(/^✗ engine: /m);
  expect(stdout + stderr).not.toContain('hunter');
});
