import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { plainNode } from '../agent/plain-node.ts';
import { startGoogle } from '../support/google/google.ts';
import type { Misbehaviour } from '../support/google/token-endpoint.ts';

const HOUR = 3_600_000;

/** A node with its own key, and a Google whose clock may differ. */
async function nodeWithKey(clockAhead = 0) {
  let ahead = clockAhead;
  const google = await startGoogle({ now: () => Date.now() + ahead });
  const node = await plainNode({}, google.env);
  await mkdir(dirname(node.layout.keyfile), { recursive: true });
  await copyFile(await google.keyfile(), node.layout.keyfile);
  const recover = () => {
    ahead = 0;
    google.endpoint.recover();
    Object.assign(node.env, google.env);
  };
  return { google: google.endpoint, node, recover };
}

test.each<[string, Misbehaviour | Record<string, string> | number, RegExp]>([
  ['the name of a host that is not found', { HTTPS_PROXY: 'http://proxy.invalid:3128' }, /: (ENOTFOUND|EAI_AGAIN)\n/],
  ['a connection that is refused', { HTTPS_PROXY: 'http://127.0.0.1:1' }, /can't be reached: ECONNREFUSED\n/],
  ['a connection that is dropped', { reset: true }, /can't be reached: /],
  ['500', { status: 500 }, /token endpoint answered 500 for service account .*\nhint: Try again/],
  ['429', { status: 429, retryAfter: 120 }, /token endpoint answered 429 .*\nhint: Too many requests/],
  ['200 with a page of a proxy', { status: 200, body: '<html>login</html>' }, /is not from Google: it is not JSON/],
  ['200 without a token', { omit: 'access_token' }, /answered without an access token/],
  ['200 with a token without an expiry', { omit: 'expires_in' }, /answered with an expired token/],
  ['a clock that is hours off', 8 * HOUR, /Google refused the signature's time .*\nhint: Set this machine's clock/],
])(
  '%s: one sentence with a hint, the failure in the status, and the next try succeeds',
  async (_what, wrong, sentence) => {
    const { google, node, recover } = await nodeWithKey(typeof wrong === 'number' ? wrong : 0);
    if (typeof wrong === 'object' && 'HTTPS_PROXY' in wrong) Object.assign(node.env, wrong);
    else if (typeof wrong === 'object') google.fail({ ...wrong, times: 'all' });
    const { exitCode, stdout, stderr } = await node.agent(['once']);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
    expect(stderr).not.toMatch(/ya29|PRIVATE KEY|eyJ/);
    expect([exitCode, stdout]).toEqual([4, '']);
    expect(await node.text()).toBeUndefined();
    expect(await node.status()).toMatchObject({
      credentials: 'none',
      failures: 1,
      lastFailure: { code: 'TOKEN_EXCHANGE_FAILED' },
    });
    recover();
    expect((await node.agent(['once'])).exitCode).toBe(0);
    expect(await node.status()).toMatchObject({ credentials: 'valid', failures: 0, lastFailure: null });
  },
);

test('the next attempt is not before the time in Retry-After', async () => {
  const { google, node } = await nodeWithKey();
  google.fail({ status: 429, retryAfter: 120, times: 'all' });
  const before = Date.now();
  await node.agent(['once']);
  const { attempts } = JSON.parse(await readFile(node.layout.state, 'utf8'));
  expect(Date.parse(attempts.nextAttemptAt)).toBeGreaterThanOrEqual(before + 119_000);
});
