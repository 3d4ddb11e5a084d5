import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openCredentialSource } from '../../../../core/google/open-credential-source.ts';
import { adcSource } from '../../../../core/google/sources/adc.ts';
import { metadataServerSource } from '../../../../core/google/sources/metadata-server.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { startConnectProxy } from '../../../support/network/connect-proxy.ts';
import { PLAIN_USER, SCOPES, startGoogleInProcess } from './google-in-process.ts';

const TARGET = 'ci@demo.iam.gserviceaccount.com';
const IMPERSONATION_URL = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`;

async function adcFileOf(credentials: object | string) {
  const path = join(await tempDir(), 'adc.json');
  await writeFile(path, typeof credentials === 'string' ? credentials : JSON.stringify(credentials));
  return path;
}

/** Workload identity as a CI system has it: a token of its own in a file. */
async function externalAccount(subjectToken: string, more: object = {}) {
  const file = join(await tempDir(), 'token.txt');
  await writeFile(file, subjectToken);
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    credential_source: { file },
    ...more,
  };
}

test('authorized_user: a user login', async () => {
  const { endpoint, fetch } = await startGoogleInProcess();
  const path = await adcFileOf(endpoint.authorizedUser({ account: 'jo@example.com' }));
  const source = await adcSource(path, { scopes: SCOPES, user: PLAIN_USER, fetch });
  expect(source.description).toBe(`jo@example.com (${path})`);
  const { token, expiresAt } = await source.getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: 'jo@example.com', isValid: true });
  expect(Math.abs((expiresAt?.getTime() ?? 0) - (endpoint.issuedFor(token)?.expiresAt.getTime() ?? 0))).toBeLessThan(
    5000,
  );
});

test('service_account: a key', async () => {
  const { endpoint, fetch } = await startGoogleInProcess();
  const path = await adcFileOf(endpoint.serviceAccountKey({ email: TARGET }));
  const { token } = await (await adcSource(path, { scopes: SCOPES, user: PLAIN_USER, fetch })).getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: TARGET, scopes: SCOPES });
});

test("external_account: another identity provider's token is exchanged", async () => {
  const { endpoint, apis, fetch } = await startGoogleInProcess();
  apis.foreignTokens.set('github-says-so', 'principal://ci');
  const path = await adcFileOf(await externalAccount('github-says-so'));
  const { token } = await (await adcSource(path, { scopes: SCOPES, user: PLAIN_USER, fetch })).getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: 'principal://ci', scopes: SCOPES });
});

test('external_account with impersonation of a service account', async () => {
  const { endpoint, apis, fetch } = await startGoogleInProcess();
  apis.foreignTokens.set('github-says-so', 'principal://ci');
  apis.mayImpersonate.add(`principal://ci ${TARGET}`);
  const credentials = await externalAccount('github-says-so', { service_account_impersonation_url: IMPERSONATION_URL });
  const { token } = await (
    await adcSource(await adcFileOf(credentials), { scopes: SCOPES, user: PLAIN_USER, fetch })
  ).getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: TARGET, scopes: SCOPES });
});

test('impersonated_service_account: as gcloud writes it with --impersonate-service-account', async () => {
  const { endpoint, apis, fetch } = await startGoogleInProcess();
  apis.mayImpersonate.add('jo@example.com first@demo.iam.gserviceaccount.com');
  apis.mayImpersonate.add('first@demo.iam.gserviceaccount.com second@demo.iam.gserviceaccount.com');
  apis.mayImpersonate.add(`second@demo.iam.gserviceaccount.com ${TARGET}`);
  const path = await adcFileOf({
    type: 'impersonated_service_account',
    service_account_impersonation_url: IMPERSONATION_URL,
    delegates: ['first', 'second'].map((name) => `projects/-/serviceAccounts/${name}@demo.iam.gserviceaccount.com`),
    source_credentials: endpoint.authorizedUser({ account: 'jo@example.com' }),
  });
  const { token } = await (await adcSource(path, { scopes: SCOPES, user: PLAIN_USER, fetch })).getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: TARGET, scopes: SCOPES });
});

test("the metadata server: the machine's own account", async () => {
  const { endpoint, fetch, metadataHost } = await startGoogleInProcess();
  const { token } = await metadataServerSource(metadataHost, { scopes: SCOPES, fetch }).getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: 'machine@demo.iam.gserviceaccount.com', scopes: SCOPES });
});

test('the metadata server is never asked through a proxy', async () => {
  const proxy = await startConnectProxy({});
  onTestFinished(() => proxy.close());
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ALL_PROXY: proxy.url };
  const choice = { kind: 'adc', path: undefined, metadataHost: 'metadata.invalid' } as const;
  const source = await openCredentialSource(choice, { scopes: SCOPES, user: { ...PLAIN_USER, env } });
  await expect(source.getAccessToken()).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_FOUND' });
  expect([...proxy.tunnels, ...proxy.refused]).toEqual([]);
});

test('a machine without an account, and a machine that is not Google’s', async () => {
  const { apis, fetch, metadataHost } = await startGoogleInProcess();
  apis.machineAccount = undefined;
  await expect(metadataServerSource(metadataHost, { scopes: SCOPES, fetch }).getAccessToken()).rejects.toMatchObject({
    code: 'CREDENTIAL_NOT_FOUND',
    message: 'this machine has no service account',
  });
  await expect(metadataServerSource('127.0.0.1:1', { scopes: SCOPES }).getAccessToken()).rejects.toMatchObject({
    code: 'CREDENTIAL_NOT_FOUND',
    message: 'there are no application default credentials',
    hint: expect.stringContaining('gcloud auth application-default login'),
  });
});

test('a revoked login is refused permanently, with a hint', async () => {
  const { endpoint, fetch } = await startGoogleInProcess();
  const path = await adcFileOf(endpoint.authorizedUser({ account: 'jo@example.com' }));
  endpoint.revoke('jo@example.com');
  await expect(
    (await adcSource(path, { scopes: SCOPES, user: PLAIN_USER, fetch })).getAccessToken(),
  ).rejects.toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: expect.stringMatching(/jo@example\.com.*invalid_grant/),
  });
});

test('a token that STS refuses is reported', async () => {
  const { fetch } = await startGoogleInProcess();
  const source = await adcSource(await adcFileOf(await externalAccount('forged')), {
    scopes: SCOPES,
    user: PLAIN_USER,
    fetch,
  });
  await expect(source.getAccessToken()).rejects.toThrow(/invalid_grant|The given credential is rejected/);
});

const SECRET = 'GOCSPX-very-secret';
test.each([
  ['no JSON', SECRET, /is not JSON/],
  [
    'another type',
    { type: 'gdch_service_account', key: SECRET },
    /that kindgcr supports: its type is "gdch_service_account"/,
  ],
  ['a list', [SECRET], /that kindgcr supports$/],
  ['half a login', { type: 'authorized_user', client_secret: SECRET }, /is incomplete: client_id is missing/],
  [
    'an impersonation without an account',
    {
      type: 'impersonated_service_account',
      service_account_impersonation_url: 'https://x.example/',
      source_credentials: {},
    },
    /is incomplete: service_account_impersonation_url is missing or invalid/,
  ],
])('%s is refused with an error that does not quote it', async (_, credentials, message) => {
  const attempt = adcSource(await adcFileOf(credentials), { scopes: SCOPES, user: PLAIN_USER });
  await expect(attempt).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID', message: expect.stringMatching(message) });
  await attempt.catch((error: Error) => expect(`${error.stack} ${error.cause}`).not.toContain(SECRET));
});

test('a missing file is named', async () => {
  await expect(adcSource('/nowhere/adc.json', { scopes: SCOPES, user: PLAIN_USER })).rejects.toMatchObject({
    code: 'CREDENTIAL_NOT_FOUND',
    message: 'credentials file /nowhere/adc.json does not exist',
  });
});
