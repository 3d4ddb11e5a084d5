import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { gcloudSource } from '../../../../core/google/sources/gcloud.ts';
import { type ExecResult, exec } from '../../../../core/system/exec.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { PLAIN_USER } from './google-in-process.ts';

const TOKEN = JSON.stringify({ credential: { access_token: 'ya29.test', token_expiry: '2999-01-01T00:00:00Z' } });
const OK: ExecResult = { exitCode: 0, stdout: TOKEN, stderr: '', ended: 'exited' };
const NOT_STARTED: ExecResult = { exitCode: undefined, stdout: '', stderr: '', ended: 'not-found' };
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
    user: PLAIN_USER,
    exec: async (_, __, options) => {
      limits.push(options?.timeout);
      return ends.shift() ?? OK;
    },
  });
  return { source, limits };
}

test('a gcloud that hangs is stopped, and reported', async () => {
  const { source, limits } = gcloudThat({ exitCode: undefined, stdout: '', stderr: '', ended: 'timed-out' });
  await expect(source.getAccessToken()).rejects.toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: 'gcloud gave no token within 60 s',
  });
  expect(limits).toEqual([60_000]);
});

test('a gcloud script whose interpreter is missing is not called a missing gcloud', async () => {
  const program = join(await tempDir(), 'gcloud');
  await writeFile(program, '#!/nowhere/python3\n', { mode: 0o755 });
  for (const source of [
    gcloudSource({ exec, program, user: PLAIN_USER }),
    gcloudSource({ exec: async () => NOT_STARTED, user: { ...PLAIN_USER, env: { PATH: dirname(program) } } }),
  ])
    await expect(source.getAccessToken()).rejects.toMatchObject({
      code: 'CREDENTIAL_NOT_FOUND',
      message: expect.stringContaining("gcloud can't start: the interpreter in its first line"),
    });
  await expect(gcloudSource({ exec, program: `${program}-2`, user: PLAIN_USER }).getAccessToken()).rejects.toThrow(
    /gcloud is not installed/,
  );
});

test('a gcloud that is set up for another universe is refused by its name', async () => {
  const configuration = { properties: { core: { universe_domain: 'apis-s3ns.fr' } } };
  const { source } = gcloudThat({ ...OK, stdout: JSON.stringify({ configuration, ...JSON.parse(TOKEN) }) });
  await expect(source.getAccessToken()).rejects.toMatchObject({
    code: 'CREDENTIAL_INVALID',
    message: expect.stringContaining('"apis-s3ns.fr"'),
  });
});

test('two gclouds in each other’s way: the second try comes through, a second failure is reported', async () => {
  expect((await gcloudThat(LOCKED).source.getAccessToken()).token).toBe('ya29.test');
  await expect(gcloudThat(LOCKED, LOCKED).source.getAccessToken()).rejects.toThrow(/database is locked/);
});

test('the answer is found, whatever gcloud prints around it', async () => {
  const line = fc.string({ unit: 'binary' }).filter((text) => !/^\s*\{/m.test(text));
  const around = fc.oneof(
    line,
    fc.constantFrom('', 'WARNING: Python {3.8} is old.', 'a {"credential": {}} b', 'x\n\ny'),
  );
  const behind = around.filter((text) => !text.includes('}'));
  await fc.assert(
    fc.asyncProperty(around, behind, fc.constantFrom(0, 2), async (before, after, indent) => {
      const answer = JSON.stringify(JSON.parse(TOKEN), undefined, indent);
      const { source } = gcloudThat({ ...OK, stdout: `${before === '' ? '' : `${before}\n`}${answer}\n${after}` });
      expect((await source.getAccessToken()).token).toBe('ya29.test');
    }),
  );
});

test('anything else that gcloud prints becomes one sentence that quotes no token', async () => {
  const said = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom('ERROR: ', 'ya29.secret-token', '{"credential":', '}', '\n', 'invalid_grant', 'null', '\0'),
      )
      .map((words) => words.join('')),
  );
  await fc.assert(
    fc.asyncProperty(said, said, fc.constantFrom(0, 1, 2), async (stdout, stderr, exitCode) => {
      const { source } = gcloudThat(
        { ended: 'exited', exitCode, stdout, stderr },
        { ended: 'exited', exitCode, stdout, stderr },
      );
      const failure = await source.getAccessToken().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        exitCode: expect.toBeOneOf([3, 4]),
        message: expect.stringMatching(/^(gcloud|nobody is logged in)[^\n]*$/),
      });
      expect(`${(failure as Error).message} ${(failure as Error).cause}`).not.toContain('secret-token');
    }),
    { numRuns: 500 },
  );
});
