import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { startGoogle } from '../support/google/google.ts';
import { helperAt, NOT_FOUND } from '../support/run/helper.ts';

// What clients write to the helper's stdin, byte by byte. Its token is in its cache.

let home = '';
let env: Record<string, string> = {};
let helper: Awaited<ReturnType<typeof helperAt>>;
let token = '';

beforeAll(async () => {
  const undo: (() => Promise<void>)[] = [];
  const atEnd = (step: () => Promise<void>) => void undo.unshift(step);
  const google = await startGoogle({}, atEnd);
  home = await tempDir(atEnd);
  helper = await helperAt(home);
  env = { ...google.env, KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: await google.keyfile() };
  token = JSON.parse((await helper(['get'], { input: 'gcr.io', env })).stdout).Secret;
  return async () => {
    for (const step of undo) await step();
  };
});

test.each([
  ['gcr.io', 'gcr.io'],
  ['us-docker.pkg.dev', 'us-docker.pkg.dev'],
  ['https://gcr.io', 'https://gcr.io'],
  ['https://gcr.io/v2/', 'https://gcr.io/v2/'],
  ['gcr.io\n', 'gcr.io'],
  ['gcr.io\r\n', 'gcr.io'],
  ['gcr.io:443', 'gcr.io:443'],
  ['GCR.IO', 'GCR.IO'],
])('get with %j on stdin: a token, and the server URL as requested', async (input, serverURL) => {
  const { stdout, stderr, exitCode } = await helper(['get'], { input, env });
  expect(JSON.parse(stdout)).toEqual({ ServerURL: serverURL, Username: 'oauth2accesstoken', Secret: token });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});

test.each([
  'docker.io',
  'https://index.docker.io/v1/',
  'gcr.io.evil.com',
  'evilgcr.io',
  'x-docker.pkg.dev.evil.com',
  'gcr.io@evil',
  'GCR.IO.EVIL.COM',
  'gcr.io:5000',
])('get with %j on stdin: not found', async (input) => {
  const { stdout, stderr, exitCode } = await helper(['get'], { input, env });
  expect(stdout).toBe(NOT_FOUND);
  expect(stderr).toContain(`answers for Google's registries only, not for "${input}"\n`);
  expect(exitCode).toBe(1);
});

test.each([
  ['get', 'nothing', '', 'no credentials server URL'],
  ['get', 'white space', ' \r\n\t', 'no credentials server URL'],
  ['get', 'more than 64 KiB', 'gcr.io'.padEnd(64 * 1024 + 1, '/'), 'a line of the input is too long'],
  ['erase', 'nothing', '', 'no credentials server URL'],
  ['store', 'no server', '{"ServerURL":"","Username":"u","Secret":"s3cret"}', 'no credentials server URL'],
  ['store', 'no username', '{"ServerURL":"gcr.io","Username":"","Secret":"s3cret"}', 'no credentials username'],
  [
    'store',
    'half a JSON text',
    '{"ServerURL":"gcr.io","Username":"u","Secret":"s3cret"',
    'the credentials to store are not a JSON object',
  ],
])("%s with %s on stdin: the protocol's error text", async (action, _, input, words) => {
  const { stdout, stderr, exitCode } = await helper([action], { input, env });
  expect([stdout, stderr, exitCode]).toEqual([`${words}\n`, '', 1]);
});

test('endless input is not read forever', async () => {
  const child = spawn(process.execPath, [join(home, 'docker-credential-kindgcr'), 'get'], { env: { HOME: home } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  child.stdout.on('data', (text) => said.push(String(text)));
  child.stdin.on('error', () => {}); // EPIPE, after it has exited
  const piece = Buffer.alloc(64 * 1024, 'x');
  let isOver = false;
  const ended = once(child, 'close').then(([code]) => {
    isOver = true;
    return code;
  });
  while (!isOver)
    if (!child.stdin.write(piece)) await Promise.race([once(child.stdin, 'drain').catch(() => ended), ended]);
  expect(await ended).toBe(1);
  expect(said.join('')).toBe('a line of the input is too long\n');
});

test("whatever bytes come in, it exits with one of the protocol's answers and no stack trace", async () => {
  const piece = fc.constantFrom(
    'gcr.io',
    'https://',
    '.evil.com',
    '\0',
    '\r',
    '\n',
    '{"ServerURL":"gcr.io"}',
    '"',
    '@',
  );
  const text = fc.array(piece, { maxLength: 5 }).map((pieces) => Buffer.from(pieces.join('')));
  const bytes = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('get', 'store', 'erase'), fc.oneof(text, bytes), async (action, input) => {
      const { stdout, stderr, exitCode } = await helper([action], { input, env });
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(stderr).not.toContain(token);
      if (exitCode === 0) {
        expect(action === 'get' ? JSON.parse(stdout).Secret === token : stdout === '').toBe(true);
        return;
      }
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^(credentials not found in native keychain|no credentials .*|.* to store .*)\n$/);
    }),
    { numRuns: 30 },
  );
});
