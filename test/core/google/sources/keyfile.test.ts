import { expect, test } from 'vitest';
import { keyfileSource } from '../../../../core/google/sources/keyfile.ts';
import { withTimeLimit } from '../../../../core/google/sources/time-limit.ts';
import { PLAIN_USER, SCOPES, startGoogleInProcess } from './google-in-process.ts';

test('a server that accepts the request and never answers times out with an error', async () => {
  const { endpoint, fetch } = await startGoogleInProcess();
  endpoint.fail({ hang: true });
  const source = keyfileSource(endpoint.serviceAccountKey(), { scopes: SCOPES, user: PLAIN_USER, fetch });
  await expect(source.getAccessToken({ signal: withTimeLimit(undefined, 100) })).rejects.toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: "Google's token endpoint can't be reached: it did not answer in time",
  });
});
