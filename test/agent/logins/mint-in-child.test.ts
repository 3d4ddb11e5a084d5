import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mintInChild } from '../../../agent/logins/mint-in-child.ts';
import { formatMintResult } from '../../../agent/logins/mint-protocol.ts';
import { KindGcrError } from '../../../core/errors.ts';
import type { AgentConfig } from '../../../core/node/agent-config.ts';
import { type Exec, exec } from '../../../core/system/exec.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const CONFIG: AgentConfig = {
  version: 1,
  source: 'keyfile',
  scopes: ['https://example.com/pull', 'https://example.com/more'],
  restart: 'when-needed',
};

/** Runs these lines of JavaScript instead of `kindgcr-agent mint`, and returns the outcome. */
async function mintBy(lines: string, signal?: AbortSignal, run: Exec = exec): Promise<unknown> {
  const program = join(await tempDir(), 'program.cjs');
  await writeFile(program, lines);
  const mint = mintInChild({ command: [process.execPath, program], root: '/node', exec: run });
  return await mint(CONFIG, signal).catch((error: unknown) => error);
}

const printing = (text: string) => `process.stdout.write(${JSON.stringify(text)})`;

test('the child process returns the token, its expiry and its account', async () => {
  const minted = { account: 'service account me@project', token: { token: 'ya29.one', expiresAt: new Date() } };
  expect(await mintBy(printing(formatMintResult(minted)))).toEqual(minted);
});

test('the child process gets the node and the scopes', async () => {
  const outcome = await mintBy('console.error(process.argv.slice(2).join(" ")); process.exitCode = 9');
  expect(String(outcome)).toContain('exit code 9: --root /node mint https://example.com/pull https://example.com/more');
});

test('an expected failure keeps its code, hint and retry time', async () => {
  const failure = new KindGcrError('CREDENTIAL_INVALID', 'Google refused it', { hint: 'Make a new key' });
  expect(await mintBy(printing(formatMintResult(failure)))).toEqual(failure);
  const busy = new KindGcrError('TOKEN_EXCHANGE_FAILED', 'Google is busy', {
    hint: 'Try again',
    retryAt: new Date('2031-05-06T12:00:00Z'),
  });
  expect(await mintBy(printing(formatMintResult(busy)))).toMatchObject({ code: busy.code, retryAt: busy.retryAt });
});

test('a crash is reported with its error line, but never with its stdout or secrets', async () => {
  const died = await mintBy(`${printing('ya29.printed')}; throw new Error('ya29.thrown is odd')`);
  expect(died).not.toBeInstanceOf(KindGcrError);
  expect(String(died)).toContain('[access token] is odd');
  expect(JSON.stringify(died) + String(died)).not.toMatch(/ya29|printed|thrown/);
});

test.each([
  ['nothing', ''],
  ['half an answer', '{"account":"me","token":{"tok'],
  ['another answer', '{"account":"me","token":{"token":"ya29.x","expiresAt":"soon"}}'],
])('%s is no token', async (_what, text) => {
  const refused = await mintBy(printing(text));
  expect(refused).toBeInstanceOf(Error);
  expect(String(refused)).not.toContain('ya29');
});

test('a child process killed by the kernel is a failure to retry', async () => {
  expect(await mintBy('process.kill(process.pid, "SIGKILL")')).toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: 'the process that asks Google for a token was killed',
  });
});

test('a child process that hangs is killed after its time limit', async () => {
  const impatient: Exec = (file, args, { timeout, ...options } = {}) => {
    if (timeout === undefined) throw new Error('no time limit');
    return exec(file, args, { ...options, timeout: timeout / 100 });
  };
  const failure = await mintBy('setInterval(() => {}, 1e6)', undefined, impatient);
  expect(failure).toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: expect.stringMatching(/did not .* within 40 s/),
  });
});

test('a stopping agent does not wait for the token', async () => {
  expect(await mintBy('setInterval(() => {}, 1e6)', AbortSignal.timeout(300))).toBeInstanceOf(KindGcrError);
});
