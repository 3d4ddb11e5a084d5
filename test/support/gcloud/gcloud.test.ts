import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../files/temp-dir.ts';
import { type RunningTokenEndpoint, startTokenEndpoint } from '../google/token-endpoint.ts';
import { run } from '../run/run.ts';
import { writeGcloud } from './gcloud.ts';
import { realGcloud } from './real-gcloud.ts';

const CONFIG_HELPER = ['config', 'config-helper', '--format=json'];

async function google(): Promise<RunningTokenEndpoint> {
  const endpoint = await startTokenEndpoint();
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** An answer with everything masked that differs from run to run. */
function shape(stdout: string): unknown {
  const { credential, sentinels, configuration } = JSON.parse(stdout);
  return {
    credential: Object.entries(credential).map(([name, value]) => [name, typeof value]),
    expiry: credential.token_expiry.replaceAll(/\d/g, '0'),
    sentinels: Object.keys(sentinels),
    configuration: [Object.keys(configuration), typeof configuration.properties.core.account],
  };
}

test('the fake gcloud prints a valid token, and a new one when the old has less than the requested time left', async () => {
  const endpoint = await google();
  const gcloud = await writeGcloud(await tempDir(), { google: endpoint });
  const token = async (...flags: string[]) => {
    const { stdout } = await run(gcloud.program, [...CONFIG_HELPER, ...flags]);
    return JSON.parse(stdout).credential.access_token;
  };
  const first = await token('--min-expiry=600s');
  expect(endpoint.isValid(first)).toBe(true);
  expect(await token('--min-expiry=10m')).toBe(first);
  expect(await token('--min-expiry=1h')).not.toBe(first);
  expect(endpoint.tokensIssued).toBe(2);
  expect((await gcloud.calls()).map((call) => call.at(-1))).toEqual([
    '--min-expiry=600s',
    '--min-expiry=10m',
    '--min-expiry=1h',
  ]);
});

test('the fake gcloud fails like gcloud', async () => {
  const endpoint = await google();
  const gcloud = await writeGcloud(await tempDir());
  const ask = (...flags: string[]) => run(gcloud.program, [...CONFIG_HELPER, ...flags]);
  expect(await ask()).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^ERROR: \(gcloud\.config\.config-helper\) You do not currently have an active account selected\.\nPlease run:/,
    ),
  });
  await gcloud.become({ google: endpoint, account: 'me@example.com' });
  endpoint.revoke('me@example.com');
  expect(await ask()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(
      "There was a problem refreshing auth tokens for account me@example.com: ('invalid_grant: Token has been expired or revoked.', {'error': 'invalid_grant', 'error_description': 'Token has been expired or revoked.'})\n",
    ),
  });
  expect(await ask('--min-expiry=2h')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('less than or equal to 1h; received: 2h'),
  });
  await gcloud.become({ google: endpoint, notice: 'WARNING: an update is available' });
  expect((await ask()).stdout).toMatch(/^WARNING: an update is available\n\{\n/);
  endpoint.fail({ omit: 'expires_in' });
  expect((await ask('--force-auth-refresh')).stdout).toContain('"token_expiry": null');
  await gcloud.become({ instead: { stdout: 'Segmentation fault\n', exitCode: 139 } });
  expect(await ask()).toMatchObject({ exitCode: 139, stdout: 'Segmentation fault\n' });
});

test("the real gcloud logs in at the token endpoint and its output has the same shape as the fake's", async ({
  skip,
}) => {
  const endpoint = await google();
  const dir = await tempDir();
  const real = await realGcloud(endpoint, dir);
  if ('reason' in real) return skip(real.reason);
  const standIn = await writeGcloud(dir, { google: endpoint });
  const answer = await run(real.program, [...CONFIG_HELPER, '--min-expiry=600s'], { env: real.env });
  expect(endpoint.isValid(JSON.parse(answer.stdout).credential.access_token)).toBe(true);
  expect(endpoint.issued).toMatchObject([{ account: real.account }]);
  expect(shape((await run(standIn.program, [...CONFIG_HELPER, '--min-expiry=600s'])).stdout)).toEqual(
    shape(answer.stdout),
  );
  endpoint.revoke(real.account);
  expect(await run(real.program, [...CONFIG_HELPER, '--force-auth-refresh'], { env: real.env })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(
      `There was a problem refreshing auth tokens for account ${real.account}: ('invalid_grant: `,
    ),
  });
});
