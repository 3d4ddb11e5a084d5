import { expect, test } from 'vitest';
import { proxyFor } from '../../../core/system/proxy.ts';

const GOOGLE = new URL('https://oauth2.googleapis.com/token');

test.each([
  ['127.0.0.1:3128', 'http://127.0.0.1:3128', undefined],
  ['localhost:3128', 'http://localhost:3128', undefined],
  ['//proxy.corp:3128', 'http://proxy.corp:3128', undefined],
  ['HTTP://proxy.corp:3128/', 'http://proxy.corp:3128', undefined],
  ['http://us%40er:p%40ss@proxy:1', 'http://proxy:1', 'us@er:p@ss'],
  ['user:50%off@proxy:1', 'http://proxy:1', 'user:50%off'],
])('HTTPS_PROXY=%s is read as curl reads it', (value, uri, login) => {
  const authorization = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  expect(proxyFor(GOOGLE, { HTTPS_PROXY: value })).toEqual({ uri, authorization });
});

test.each([
  'http://user:hunter2#x@proxy:1',
  'http://user:hun/ter2@proxy:1',
  'http://:hunter2@',
  'ht tp://hunter2',
  'ftp://x:hunter2@y',
])('HTTPS_PROXY=%s is refused by name, without its value', (value) => {
  expect(() => proxyFor(GOOGLE, { HTTPS_PROXY: value })).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(/^HTTPS_PROXY (?!.*hunter)/) }),
  );
});

test('ALL_PROXY is used if HTTPS_PROXY is missing', () => {
  expect(proxyFor(GOOGLE, { ALL_PROXY: 'all:1' })?.uri).toBe('http://all:1');
  expect(proxyFor(GOOGLE, { all_proxy: 'all:1', HTTPS_PROXY: 'own:2' })?.uri).toBe('http://own:2');
});

test.each([
  ['*', true],
  ['googleapis.com', true],
  ['.googleapis.com', true],
  ['*.googleapis.com', true],
  ['localhost, GOOGLEAPIS.COM.', true],
  ['googleapis.com:443', true],
  ['googleapis.com:8443', false],
  ['apis.com', false],
  ['10.0.0.0/8,localhost,.svc', false],
])('NO_PROXY=%s', (noProxy, isDirect) => {
  expect(proxyFor(GOOGLE, { HTTPS_PROXY: 'p:1', NO_PROXY: noProxy }) === undefined).toBe(isDirect);
});

test('a metadata server and this machine are never asked through a proxy; a network in NO_PROXY is not either', () => {
  const env = { HTTP_PROXY: 'p:1', NO_PROXY: '10.0.0.0/8' };
  for (const host of ['169.254.169.254', '127.0.0.1', 'localhost', '[::1]', '10.1.2.3'])
    expect(proxyFor(new URL(`http://${host}/`), env)).toBeUndefined();
  expect(proxyFor(new URL('http://11.1.2.3/'), env)?.uri).toBe('http://p:1');
});
