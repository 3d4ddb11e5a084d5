import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mintInChild } from '../../../agent/logins/mint-in-child.ts';
import { formatMintResult } from '../../../agent/logins/mint-protocol.ts';
import { KindGcrError } from '../../../core/errors.ts';
import type { AgentConfig } from '../../../core/node/agent-config.ts';
import { type Exec, exec } from '../../../core/system/exec.ts';
import { tempDir } from '../../support/temp-dir.ts';

const CONFIG: AgentConfig = {
  version: 1,
  source: 'keyfile',
  scopes: ['https://example.com/pull', 'https://example.com/more'],
  restart: 'when-needed',
};

/** Mints by a program of these lines of JavaScript in the agent's place, and tells what came of it. */
async function mintBy(lines: string, signal?: AbortSignal, run: Exec = exec): Promise<unknown> {
  const program = join(await tempDir(), 'program.cjs');
  await writeFile(program, lines);
  const mint = mintInChild({ command: [process.execPath, program], root: '/node', exec: run });
  return await mint(CONFIG, signal).catch((error: unknown) => error);
}

const printing = (text: string) => `process.stdout.write(${JSON.stringify(text)})`;

test('the token, its end and its account come back from the process that minted it', async () => {
  const minted = { account: 'service account me@project', token: { token: 'ya29.one', expiresAt: new Date() } };
  expect(await mintBy(printing(formatMintResult(minted)))).toEqual(minted);
});

test('that process is told the node and the scopes', async () => {
  const told = await mintBy('console.error(process.argv.slice(2).join(" ")); process.exitCode = 9');
  expect(String(told)).toContain('exit code 9: --root /node mint https://example.com/pull https://example.com/more');
});

test('an expected failure comes back as it was: what it is called, what to do, and when to ask again', async () => {
  const failure = new KindGcrError('CREDENTIAL_INVALID', 'Google refused it', { hint: 'Make a new key' });
  expect(await mintBy(printing(formatMintResult(failure)))).toEqual(failure);
  const busy = new KindGcrError('TOKEN_EXCHANGE_FAILED', 'Google is busy', {
    hint: 'Try again',
    retryAt: new Date('2031-05-06T12:00:00Z'),
  });
  expect(await mintBy(printing(formatMintResult(busy)))).toMatchObject({ code: busy.code, retryAt: busy.retryAt });
});

test('a process that dies by a bug is told by its own words, without what it printed or would not hide', async () => {
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

test('a process that the kernel kills is worth another try', async () => {
  expect(await mintBy('process.kill(process.pid, "SIGKILL")')).toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: 'the process that asks Google for a token was killed',
  });
});

test('a process that never answers is killed after its time limit', async () => {
  const impatient: Exec = (file, args, { timeout = Number.NaN, ...options } = {}) =>
    exec(file, args, { ...options, timeout: timeout / 100 });
  const failure = await mintBy('setInterval(() => {}, 1e6)', undefined, impatient);
  expect(failure).toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: expect.stringMatching(/did not .* within 40 s/),
  });
});

test('an agent that is stopped does not wait for the token', async () => {
  expect(await mintBy('setInterval(() => {}, 1e6)', AbortSignal.timeout(300))).toBeInstanceOf(KindGcrError);
});
