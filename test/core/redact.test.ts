import { expect, test } from 'vitest';
import { KindGcrError } from '../../core/errors.ts';
import { formatLine } from '../../core/log.ts';
import { redact } from '../../core/redact.ts';

test.each([
  ['an access token', 'token ya29.c.b0Aaekm1K-x_y.z failed', 'ya29.c'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----', 'MIIEvQ'],
  ['a key that is cut off', 'got -----BEGIN RSA PRIVATE KEY-----\nMIIEvQ', 'MIIEvQ'],
  ['a signed assertion', 'assertion eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln', 'eyJpc3MiOiJ4In0'],
  ['a Basic header', 'Authorization: Basic b2F1dGgyYWNjZXNzdG9rZW46eA==', 'b2F1dGgy'],
  ['an auth entry', '{"auths":{"gcr.io":{"auth":"b2F1dGgyYWNjZXNzdG9rZW46eA=="}}}', 'b2F1dGgy'],
  ['a password with quotes in it', '{"password":"a\\"secret","x":1}', 'secret'],
  ['a token after a line end in JSON', '"ERROR:\\nya29.secret"', 'secret'],
  ['a signed token after one', '"ERROR:\\neyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"', 'eyJpc3MiOiJ4In0'],
  ['a refresh token after one', '"ERROR:\\n1//0gAbCdEfGhIjKlMnOpQrSt"', '0gAbC'],
  ['a refresh token', 'refresh_token=1//0gAbCdEfGhIjKlMnOpQrSt', '0gAbC'],
])('a log or a message does not show %s', (_, text, secret) => {
  expect(redact(text)).not.toContain(secret);
});

test('a log or a message shows what is no secret as it is', () => {
  const text = 'service account ci@project.iam.gserviceaccount.com: https://oauth2.googleapis.com/token answered 503';
  expect(redact(text)).toBe(text);
});

test('a log line is one line, its facts quoted where they must be', () => {
  expect(formatLine('renewed', { node: 'kind-worker2', why: 'half of its life is over', left: undefined })).toBe(
    'renewed node=kind-worker2 why="half of its life is over"',
  );
});

const ESCAPE = '\u001b]0;title\u0007\u001b[2J';

test('a log line keeps no control characters and no line breaks of its message and facts', () => {
  expect(formatLine(`a${ESCAPE}b\r\nc`, { why: `d${ESCAPE}\ne\u202ef\u009bg`, long: 'x'.repeat(9000) })).toMatch(
    /^ab c why="d ef" long="x{499}…"$/,
  );
});

test('an error keeps no control characters, no line breaks and no secrets in its message and hint', () => {
  const error = new KindGcrError('NODE_FAILED', `dev-worker: a${ESCAPE}\nerror: b ya29.secret`, {
    hint: `c${ESCAPE}\nd`,
  });
  expect(error.message).toBe('dev-worker: a error: b [access token]');
  expect(error.hint).toBe('c d');
});
