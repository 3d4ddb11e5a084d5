import { expect, test } from 'vitest';
import { parseCredentials, parseServerURL } from '../../helper/protocol.ts';

test.each([
  ['gcr.io', 'gcr.io'],
  ['gcr.io\n', 'gcr.io'],
  ['gcr.io\r\n', 'gcr.io'],
  ['  https://gcr.io/v2/ \n', 'https://gcr.io/v2/'],
  ['gcr\n.io', 'gcr.io'],
])('the server URL in %j is %s', (stdin, serverURL) => {
  expect(parseServerURL(stdin)).toBe(serverURL);
});

test.each(['', '\n', ' \r\n '])('%j names no server', (stdin) => {
  expect(() => parseServerURL(stdin)).toThrow('no credentials server URL');
});

test('a line of more than 64 KiB is refused', () => {
  expect(() => parseServerURL(`gcr.io${'x'.repeat(64 * 1024)}`)).toThrow('a line of the input is too long');
});

test('store takes credentials as Go would: keys in any case, an empty secret allowed, lines joined', () => {
  expect(parseCredentials('{"serverurl":"gcr.io",\n"USERNAME":"u"}\n')).toEqual({
    ServerURL: 'gcr.io',
    Username: 'u',
    Secret: '',
  });
});

test.each([
  ['{"Username":"u","Secret":"s3cret"}', 'no credentials server URL'],
  ['{"ServerURL":"gcr.io","Secret":"s3cret"}', 'no credentials username'],
  ['s3cret', 'the credentials to store are not a JSON object'],
  ['["s3cret"]', 'the credentials to store are not a JSON object'],
  ['{"ServerURL":"gcr.io","Username":"u","Secret":["s3cret"]}', 'the Secret to store is not a string'],
])('store of %j: %s', (stdin, message) => {
  expect(() => parseCredentials(stdin)).toThrow(message);
  expect(() => parseCredentials(stdin)).not.toThrow('s3cret');
});
