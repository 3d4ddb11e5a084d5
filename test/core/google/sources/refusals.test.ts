import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accessToken } from '../../../../core/google/access-token.ts';
import { adcSource } from '../../../../core/google/sources/adc.ts';
import { gcloudSource } from '../../../../core/google/sources/gcloud.ts';
import { impersonatedSource } from '../../../../core/google/sources/impersonation.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { PLAIN_USER, SCOPES, startGoogleInProcess } from './google-in-process.ts';

const HOUR = new Date(Date.now() + 3600_000);

/** What becomes of a token of these credentials when every server answers so; `asked` counts the requests. */
async function attempt(credentials: object, answer: () => Response, env: Record<string, string> = {}) {
  const path = join(await tempDir(), 'adc.json');
  await writeFile(path, JSON.stringify(credentials));
  let asked = 0;
  const fetch: typeof globalThis.fetch = async () => {
    asked += 1;
    return answer();
  };
  const source = await adcSource(path, { scopes: SCOPES, user: { ...PLAIN_USER, env }, fetch });
  const error: unknown = await source.getAccessToken().catch((reason: unknown) => reason);
  return { error, path, asked };
}

const USER = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
const external = (credential_source: object) => ({
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source,
});

test('the reason of STS is shown, and is permanent', async () => {
  const file = join(await tempDir(), 'token');
  await writeFile(file, 'a-token');
  const refusal = { error: 'unauthorized_client', error_description: 'Rejected by the\u001b[31m attribute condition.' };
  const { error, asked } = await attempt(external({ file }), () => Response.json(refusal, { status: 401 }));
  expect(error).toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: expect.stringContaining('unauthorized_client (Rejected by the attribute condition.)'),
  });
  expect(asked).toBe(1);
});

test('an expired login of an organization asks for a new one', async () => {
  const answer = { error: 'invalid_grant', error_description: 'reauth related error (invalid_rapt)' };
  const { error } = await attempt(USER, () => Response.json(answer, { status: 400 }));
  expect(error).toMatchObject({ hint: expect.stringContaining('gcloud auth application-default login') });
});

test("a captive portal's page is reported as one", async () => {
  const { error } = await attempt(
    USER,
    () => new Response('<html>Login</html>', { headers: { 'content-type': 'text/html' } }),
  );
  expect(error).toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: expect.stringContaining('is not from Google'),
  });
});

test('a missing token file is named, and no request is sent', async () => {
  const { error, asked } = await attempt(external({ file: '/nowhere/token' }), () => Response.json({}));
  expect(error).toMatchObject({ code: 'CREDENTIAL_NOT_FOUND', message: expect.stringContaining('/nowhere/token') });
  expect(asked).toBe(0);
});

test('an identity provider that answers 401 is named', async () => {
  const source = external({
    url: 'https://idp.example/token',
    format: { type: 'json', subject_token_field_name: 'value' },
  });
  const { error } = await attempt(source, () => Response.json({ error: { message: 'expired' } }, { status: 401 }));
  expect(error).toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: 'the identity provider idp.example gave no token (401): expired',
  });
});

test('a credential program: not allowed, missing, refusing', async () => {
  const allowed = { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' };
  const none = () => Response.json({});
  const missing = external({ executable: { command: '/nowhere/program --flag' } });
  expect((await attempt(missing, none)).error).toMatchObject({
    message: expect.stringContaining('not allowed to run'),
  });
  expect((await attempt(missing, none, allowed)).error).toMatchObject({
    code: 'CREDENTIAL_NOT_FOUND',
    message: expect.stringContaining('/nowhere/program'),
  });
  const program = join(await tempDir(), 'program');
  await writeFile(
    program,
    `#!/bin/sh\necho '{"version":1,"success":false,"code":"401","message":"Caller not authorized"}'\nexit 1\n`,
  );
  await chmod(program, 0o700);
  expect((await attempt(external({ executable: { command: program } }), none, allowed)).error).toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: `${program} refused to give a token: Caller not authorized (401)`,
  });
});

test.each([
  ['empty', ' \n', /is empty/],
  ['base64', Buffer.from('{"type":"service_account"}').toString('base64'), /is base64/],
  ['UTF-8 with BOM', '\ufeff{}', /byte order mark/],
  ['of another universe', '{"type":"service_account","universe_domain":"apis-s3ns.fr"}', /"apis-s3ns\.fr"/],
])('a credentials file that is %s is refused by name', async (_, text, message) => {
  const path = join(await tempDir(), 'adc.json');
  await writeFile(path, text);
  await expect(adcSource(path, { scopes: SCOPES, user: PLAIN_USER })).rejects.toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: expect.stringMatching(message),
  });
});

test('a token that is too long or has invalid characters is refused without being quoted', () => {
  for (const odd of ['ya29.sec"ret', 'ya29.sec\nret', 'ya29.sécret', 's'.repeat(16 * 1024 + 1)])
    expect(() => accessToken(odd, HOUR, 'Google')).toThrow(
      'Google answered with something that is not an access token',
    );
});

test('delegates are sent in order', async () => {
  const { apis, fetch, endpoint } = await startGoogleInProcess();
  for (const step of ['jo@example.com a@p.iam', 'a@p.iam b@p.iam', 'b@p.iam c@p.iam']) apis.mayImpersonate.add(step);
  const token = endpoint.issue({ account: 'jo@example.com', scopes: SCOPES, client: '' }, 3600);
  const over = { description: 'jo', getAccessToken: async () => ({ token, expiresAt: HOUR }) };
  const source = impersonatedSource(
    { account: 'c@p.iam', delegates: ['a@p.iam', 'b@p.iam'], over },
    { scopes: SCOPES, user: PLAIN_USER, fetch },
  );
  expect(endpoint.issuedFor((await source.getAccessToken()).token)).toMatchObject({ account: 'c@p.iam' });
});

test.each([
  [
    'Your current active account [me@example.com] does not have any valid credentials',
    'CREDENTIAL_NOT_FOUND',
    /me@example\.com/,
  ],
  ["/usr/bin/env: ‘python3': No such file or directory", 'CREDENTIAL_NOT_FOUND', /Python/],
  [
    'WARNING: an error happened\nERROR: (gcloud.config.config-helper) PERMISSION_DENIED: Failed to impersonate [x].',
    'CREDENTIAL_INVALID',
    /: PERMISSION_DENIED: Failed/,
  ],
  [
    'ERROR: (gcloud.config.config-helper) invalid_grant: reauth related error (invalid_rapt)',
    'CREDENTIAL_INVALID',
    /no longer accepted/,
  ],
])('gcloud says %j', async (stderr, code, message) => {
  const exec = async () => ({ exitCode: 1, stdout: '', stderr: `${stderr}\n`, ended: 'exited' as const });
  await expect(gcloudSource({ exec, user: PLAIN_USER }).getAccessToken()).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('a token in auth/access_token_file has no expiry, and is returned', async () => {
  const stdout = JSON.stringify({ credential: { access_token: 'ya29.file', token_expiry: null } });
  const exec = async () => ({ exitCode: 0, stdout, stderr: '', ended: 'exited' as const });
  expect(await gcloudSource({ exec, user: PLAIN_USER }).getAccessToken()).toEqual({
    token: 'ya29.file',
    expiresAt: undefined,
  });
});
