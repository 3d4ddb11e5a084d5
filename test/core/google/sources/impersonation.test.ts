import { expect, test } from 'vitest';
import { impersonatedSource } from '../../../../core/google/sources/impersonation.ts';
import { PLAIN_USER, SCOPES, startGoogleInProcess } from './google-in-process.ts';

const TARGET = 'ci@demo.iam.gserviceaccount.com';

/** A user who is logged in, by whatever way. */
async function world() {
  const google = await startGoogleInProcess();
  const over = {
    description: 'jo@example.com',
    getAccessToken: async () => ({
      token: google.endpoint.issue({ account: 'jo@example.com', scopes: [], client: '' }, 3600),
      expiresAt: new Date(Date.now() + 3600_000),
    }),
  };
  const source = impersonatedSource(
    { account: TARGET, delegates: [], over },
    { scopes: SCOPES, user: PLAIN_USER, fetch: google.fetch },
  );
  return { ...google, source };
}

test('the token belongs to the account, with the requested scopes and its real expiry', async () => {
  const { endpoint, apis, source } = await world();
  apis.mayImpersonate.add(`jo@example.com ${TARGET}`);
  endpoint.tokenLife = 1800;
  const { token, expiresAt } = await source.getAccessToken();
  expect(endpoint.issuedFor(token)).toMatchObject({ account: TARGET, scopes: SCOPES });
  expect(Math.abs((expiresAt?.getTime() ?? 0) - Date.now() - 1800_000)).toBeLessThan(10_000);
  expect(source.description).toBe(`service account ${TARGET} (impersonated using jo@example.com)`);
});

test('without permission: which account may not impersonate which, and the command that grants it', async () => {
  const { source } = await world();
  await expect(source.getAccessToken()).rejects.toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: expect.stringMatching(/^jo@example\.com may not impersonate ci@demo.*: Permission 'iam\.serviceAccounts/),
    hint: expect.stringContaining(`add-iam-policy-binding ${TARGET} --role=roles/iam.serviceAccountTokenCreator`),
  });
});
