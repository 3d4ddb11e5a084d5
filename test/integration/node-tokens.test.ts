import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { runProgram } from '../support/run/programs.ts';

const PULL = ['https://www.googleapis.com/auth/devstorage.read_only'];
const DEVELOPER = 'developer@example.com';
const PULLER = 'puller@demo.iam.gserviceaccount.com';

/** A user who is logged in with gcloud; `secret` returns the token that would leave this machine, and its scopes. */
async function user() {
  const google = await startGoogle();
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint, account: DEVELOPER });
  const base = { HOME: await tempDir(), PATH: '/usr/bin:/bin', KINDGCR_GCLOUD: gcloud.program, ...google.env };
  return {
    google,
    async secret(env: Record<string, string> = {}) {
      const { stdout, stderr } = await runProgram('host', ['secret'], { env: { ...base, ...env } });
      const [, config = ''] = /\.dockerconfigjson: "?([A-Za-z0-9+/=]+)/.exec(stdout) ?? [];
      const { auths } = JSON.parse(Buffer.from(config, 'base64').toString() || '{"auths":{}}');
      const login = Buffer.from(auths['gcr.io']?.auth ?? '', 'base64').toString();
      return { issued: google.endpoint.issuedFor(login.slice(login.indexOf(':') + 1)), stderr };
    },
    doctor: (env: Record<string, string>) => runProgram('host', ['doctor'], { env: { ...base, ...env } }),
  };
}

test('a token that leaves this machine by impersonation or from a key is read-only, and the account is named', async () => {
  const { google, secret } = await user();
  google.apis.mayImpersonate.add(`${DEVELOPER} ${PULLER}`);
  const impersonated = await secret({ KINDGCR_IMPERSONATE: PULLER });
  expect(impersonated.issued).toMatchObject({ account: PULLER, scopes: PULL });
  expect(impersonated.stderr).toContain(`of ${PULLER}, impersonated using gcloud, is valid until `);
  const byKey = await secret({ KINDGCR_KEYFILE: await google.keyfile(PULLER) });
  expect(byKey.issued).toMatchObject({ account: PULLER, scopes: PULL });
  const own = await secret();
  expect(own.stderr).toMatch(/of developer@example\.com \(gcloud\), is valid until \d\d:\d\d \(\d+ min\)/);
});

test('doctor checks the impersonation, and names the command that allows it', async () => {
  const { google, doctor } = await user();
  const refused = await doctor({ KINDGCR_IMPERSONATE: PULLER });
  expect(refused.stdout).toMatch(/^✗ impersonation: gcloud may not impersonate puller@demo/m);
  expect(refused.stdout).toContain(`--role=roles/iam.serviceAccountTokenCreator --member=user:${DEVELOPER}\n`);
  google.apis.mayImpersonate.add(`${DEVELOPER} ${PULLER}`);
  const allowed = await doctor({ KINDGCR_IMPERSONATE: PULLER });
  expect(allowed.stdout).toContain(`✓ impersonation: ${PULLER} can be impersonated\n`);
  expect(allowed.stdout).toMatch(/✓ token: valid until .*; it can only pull/);
});
