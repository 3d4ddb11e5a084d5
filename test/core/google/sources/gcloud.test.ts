import { expect, test } from 'vitest';
import { gcloudSource } from '../../../../core/google/sources/gcloud.ts';
import type { ExecResult } from '../../../../core/system/exec.ts';

const TOKEN = JSON.stringify({ credential: { access_token: 'ya29.test', token_expiry: '2999-01-01T00:00:00Z' } });
const OK: ExecResult = { exitCode: 0, stdout: TOKEN, stderr: '', ended: 'exited' };
const LOCKED: ExecResult = {
  exitCode: 1,
  stdout: '',
  stderr: 'ERROR: gcloud crashed (OperationalError): database is locked\n',
  ended: 'exited',
};

/** gcloud that ends in these ways, one after the other. */
function gcloudThat(...ends: ExecResult[]) {
  const limits: (number | undefined)[] = [];
  const source = gcloudSource({
    exec: async (_, __, options) => {
      limits.push(options?.timeout);
      return ends.shift() ?? OK;
    },
  });
  return { source, limits };
}

test('a gcloud that hangs is stopped, and that is told', async () => {
  const { source, limits } = gcloudThat({ exitCode: undefined, stdout: '', stderr: '', ended: 'timed-out' });
  await expect(source.getAccessToken()).rejects.toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: 'gcloud gave no token within 60 s',
  });
  expect(limits).toEqual([60_000]);
});

test('two gclouds in each other’s way: the second try comes through, a second failure is told', async () => {
  expect((await gcloudThat(LOCKED).source.getAccessToken()).token).toBe('ya29.test');
  await expect(gcloudThat(LOCKED, LOCKED).source.getAccessToken()).rejects.toThrow(/database is locked/);
});
