import { expect, test } from 'vitest';
import { KindGcrError } from '../../core/errors.ts';
import { type Facts, lineLogger } from '../../core/log.ts';
import { mayBeCredential, redact } from '../../core/redact.ts';

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
  ['a client secret', 'client GOCSPX-a1B2c3D4e5F6g7H8', 'a1B2c3'],
  ['a private key in JSON in a string', '{\\"private_key\\": \\"MIIEvQ', 'MIIEvQ'],
  ['base64 of JSON', `no such file: /home/${Buffer.from('{"type":"service_account"}').toString('base64')}`, 'InR5cGUi'],
  ['a refresh token', 'refresh_token=1//0gAbCdEfGhIjKlMnOpQrSt', '0gAbC'],
])('a log or a message does not show %s', (_, text, secret) => {
  expect(redact(text)).not.toContain(secret);
});

test('a log or a message shows what is no secret as it is', () => {
  const text = 'service account ci@project.iam.gserviceaccount.com: https://oauth2.googleapis.com/token answered 503';
  expect(redact(text)).toBe(text);
});

/** The line that a message and its facts become. */
function lineOf(message: string, facts: Facts): string {
  let text = '';
  lineLogger((line) => (text += line), { debug: false }).info(message, facts);
  return text;
}

test('a log line is one line, its facts quoted where they must be', () => {
  expect(lineOf('renewed', { node: 'kind-worker2', why: 'half of its life is over', left: undefined })).toBe(
    'renewed node=kind-worker2 why="half of its life is over"\n',
  );
});

const ESCAPE = '\u001b]0;title\u0007\u001b[2J';

test('a log line keeps no control characters and no line breaks of its message and facts', () => {
  expect(lineOf(`a${ESCAPE}b\r\nc`, { why: `d${ESCAPE}\ne\u202ef\u009bg`, long: 'x'.repeat(9000) })).toMatch(
    /^ab c why="d ef" long="x{499}…"\n$/,
  );
});

test('an error keeps no control characters, no line breaks and no secrets in its message and hint', () => {
  const error = new KindGcrError('NODE_FAILED', `dev-worker: a${ESCAPE}\nerror: b ya29.secret`, {
    hint: `c${ESCAPE}\nd 1//0gAbCdEfGhIjKlMnOpQrSt`,
  });
  expect(error.message).toBe('dev-worker: a error: b [access token]');
  expect(error.hint).toBe('c d [refresh token]');
});

test('no log line shows a secret, neither in its message nor in its facts', () => {
  const lines: string[] = [];
  const log = lineLogger((line) => lines.push(line), { debug: true });
  for (const level of ['error', 'warn', 'info', 'debug'] as const)
    log[level]('got ya29.first', { reason: 'ya29.second' });
  expect(lines).toHaveLength(4);
  expect(lines.join('')).not.toMatch(/first|second/);
});

const KEY = JSON.stringify({
  type: 'service_account',
  project_id: 'p',
  private_key: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ',
});
const USER = JSON.stringify({
  client_id: '1.apps.example.com',
  client_secret: 's',
  refresh_token: '1//0gAbCdEfGhIjKlMnOpQrSt',
  type: 'authorized_user',
});

test.each([
  ['JSON', KEY],
  ['JSON in lines', JSON.stringify(JSON.parse(KEY), undefined, 2)],
  ['a login of gcloud', USER],
  ['JSON in quotes', `'${KEY}'`],
  ['JSON as a string', JSON.stringify(KEY)],
  ['a part of the JSON', USER.slice(20, 60)],
  ['base64', Buffer.from(KEY).toString('base64')],
  ['base64 for URLs, in quotes', `"${Buffer.from(USER).toString('base64url')}"`],
  ['base64 in lines', Buffer.from(KEY).toString('base64').replaceAll(/.{76}/g, '$&\n')],
  ['hexadecimal', Buffer.from(KEY).toString('hex')],
  ['URL-encoded', encodeURIComponent(USER)],
  ['the private key alone', '-----BEGIN PRIVATE KEY-----'],
  ['lines of the private key alone', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj/MSRT'],
  ['a refresh token', '1//0gAbCdEfGhIjKlMnOpQrSt'],
  ['an access token', 'ya29.a0AfH6SMBx'],
])('text that may be a credential is known as such: %s', (_, text) => {
  expect(mayBeCredential(text)).toBe(true);
});

test.each([
  '/home/jo/keys/my-project-123456-0a1b2c3d4e5f.json',
  './Meine Schlüssel/key (1).json',
  'C:\\Users\\jo\\AppData\\Roaming\\gcloud\\application_default_credentials.json',
  '/nix/store/0c5l2wx8rhw0vyrghhp3ax2ykmxlgp4i-google-cloud-sdk/bin/gcloud',
  '/run/secrets/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08/key.json',
  '/tmp/tmp.Qm3VbX9a1Z/gha-creds-4f1e2d3c4b5a6978.json',
  'ci@my-project-123456.iam.gserviceaccount.com',
  'gcloud',
  '15m',
])('a name or a path is shown: %s', (value) => {
  expect(mayBeCredential(value)).toBe(false);
});
