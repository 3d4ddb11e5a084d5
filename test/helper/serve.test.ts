import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { silent } from '../../core/log.ts';
import { serve } from '../../helper/serve.ts';

const TOKEN = 'ya29.of-a-test';
const SECRET = 's3cret';

/** One call of the helper, whose source always has a token. */
async function call(action: string, input: Uint8Array) {
  const said = { stdout: '', stderr: '' };
  const exitCode = await serve([action], {
    user: { env: { HOME: '/nowhere', KINDGCR_SOURCE: 'adc', KINDGCR_CACHE: 'off' }, platform: 'linux' },
    log: silent,
    now: () => new Date(),
    mint: async () => ({ token: TOKEN }),
    readInput: () => Buffer.from(input).toString('utf8'),
    out(text) {
      said.stdout += text;
    },
    err(text) {
      said.stderr += text;
    },
  });
  return { ...said, exitCode };
}

test('storing a login of another registry succeeds and says on stderr that nothing was stored', async () => {
  const login = (host: string) => Buffer.from(JSON.stringify({ ServerURL: host, Username: 'u', Secret: SECRET }));
  const foreign = await call('store', login('ghcr.io'));
  expect(foreign).toMatchObject({ stdout: '', exitCode: 0 });
  expect(foreign.stderr).toMatch(/^docker-credential-kindgcr: nothing was stored: /);
  expect(foreign.stderr).not.toContain(SECRET);
  expect(await call('store', login('gcr.io'))).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});

/** Pieces of which questions are made that are nearly right, or look so. */
const PIECES = [
  ...['gcr.io', 'us.gcr.io', 'us', '-docker.pkg.dev', 'docker.', '.rep.pkg.dev', 'GCR.IO', 'evil.com', 'mirror.'],
  ...['https://', 'http://', '@', ':', ':443', ':80', '/', '/v2/', '.', '..', '\\', '?', '#', '%2e', '*', '-'],
  ...['\n', '\r\n', '\r', '\0', ' ', '\t', '\uFEFF', '\u200b', '\u00a0', '\u2028', '。', 'ɡ', 'ı', '\u212a', '\u017f'],
  ...['x'.repeat(70_000), '{"ServerURL":"gcr.io"}', '"', '__proto__'],
];

/** Whatever a client may write to the helper's stdin: texts of such pieces, texts of any kind, and bytes that are no text. */
function anyInput(...more: string[]): fc.Arbitrary<Uint8Array> {
  const pieces = fc.array(fc.constantFrom(...PIECES, ...more), { maxLength: 8 }).map((all) => all.join(''));
  const nearly = fc
    .tuple(
      fc.constantFrom('', ...PIECES),
      fc.constantFrom('gcr.io', 'us-docker.pkg.dev'),
      fc.constantFrom('', ...PIECES),
    )
    .map((all) => all.join(''));
  const text = fc.oneof(
    { weight: 4, arbitrary: pieces },
    { weight: 2, arbitrary: nearly },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  const bytes = fc.tuple(text, fc.uint8Array({ maxLength: 4 }), fc.nat(20)).map(([whole, scar, at]) => {
    const buffer = Buffer.from(whole);
    return Buffer.concat([buffer.subarray(0, at), scar, buffer.subarray(at)]);
  });
  const plain = text.map((whole) => Buffer.from(whole));
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: bytes });
}

/** Google's registries, recognized by another rule than the helper's. */
function isPrivateGoogleRegistry(serverURL: string): boolean {
  const [, authority = ''] = /^(?:https?:\/\/)?([^/?#\\]*)/i.exec(serverURL) ?? [];
  const labels = authority.toLowerCase().replace(/:443$/, '').split('.');
  const name = labels.join('.');
  if (/[^\x21-\x7e]/.test(authority) || name === 'mirror.gcr.io' || name === 'k8s.gcr.io') return false;
  if (labels.some((label) => !/^[a-z0-9-]+$/.test(label))) return false;
  if (name.endsWith('.pkg.dev') && labels.length === 3) return labels[0]?.endsWith('-docker') === true;
  if (name.endsWith('.rep.pkg.dev') && labels.length === 5) return labels[0] === 'docker';
  return name === 'gcr.io' || (name.endsWith('.gcr.io') && labels.length === 3);
}

test("get follows the protocol whatever the input, and returns a secret only for Google's registries", async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(anyInput(), async (input) => {
      const { stdout, stderr, exitCode } = await call('get', input);
      if (exitCode === 0) {
        answered += 1;
        expect(stdout).toMatch(/^[^\n]*\n$/);
        const { ServerURL, ...rest } = JSON.parse(stdout);
        expect(rest).toEqual({ Username: 'oauth2accesstoken', Secret: TOKEN });
        expect(isPrivateGoogleRegistry(ServerURL), JSON.stringify(ServerURL)).toBe(true);
        return;
      }
      expect(stdout).toMatch(
        /^(credentials not found in native keychain|no credentials server URL|a line of the input is too long)\n$/,
      );
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^(docker-credential-kindgcr: kindgcr answers for Google's registries only, [^\n]*\nhint: [^\n]*\n)?$/,
      );
    }),
    { numRuns: 3000 },
  );
  expect(answered).toBeGreaterThan(50);
});

test('store prints one of its five messages whatever the input, and never a secret', async () => {
  const fields = [
    `"Secret":"${SECRET}"`,
    '"Username":"u"',
    '"username":',
    '"ServerURL":"gcr.io"',
    SECRET,
    `"${SECRET}"`,
  ];
  const input = anyInput(...fields, '{', '}', '[', ']', ',', 'null', '7');
  const json = fc
    .dictionary(
      fc.constantFrom('ServerURL', 'serverurl', 'Username', 'Secret', 'SECRET', '__proto__'),
      fc.oneof(fc.constantFrom('', 'gcr.io', SECRET), fc.jsonValue()),
    )
    .map((value) => Buffer.from(JSON.stringify(value)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(input, json), async (bytes) => {
      const { stdout, stderr, exitCode } = await call('store', bytes);
      expect(stdout).toMatch(
        /^(|(no credentials server URL|no credentials username|a line of the input is too long|the credentials to store are not a JSON object|the (ServerURL|Username|Secret) to store is not a string)\n)$/,
      );
      expect(exitCode).toBe(stdout === '' ? 0 : 1);
      expect(stderr).toMatch(/^(docker-credential-kindgcr: nothing was stored: .*\n)?$/);
      expect(stderr).not.toContain(SECRET);
    }),
    { numRuns: 2000 },
  );
});

test('erase succeeds for any server, without a message', async () => {
  await fc.assert(
    fc.asyncProperty(anyInput(SECRET), async (bytes) => {
      const { stdout, stderr, exitCode } = await call('erase', bytes);
      expect(stdout).toMatch(/^(|(no credentials server URL|a line of the input is too long)\n)$/);
      expect(exitCode).toBe(stdout === '' ? 0 : 1);
      expect(stderr).toBe('');
    }),
    { numRuns: 500 },
  );
});
