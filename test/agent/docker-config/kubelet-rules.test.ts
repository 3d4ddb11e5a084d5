import { describe, expect, test } from 'vitest';
import { whyRefused } from '../../../agent/docker-config/kubelet-rules.ts';
import recorded from '../../support/kubelet/verdicts.json' with { type: 'json' };

const entry = (value: unknown) => JSON.stringify({ auths: { 'quay.io': value } });
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the kubelet accepts', () => {
  test.each([
    ['an empty object', '{}'],
    ['null', 'null'],
    ['no auths', '{"credHelpers":{"gcr.io":"gcloud"},"credsStore":"desktop"}'],
    ['auths that is null', '{"auths":null}'],
    ['an entry that is null', entry(null)],
    ['an empty entry', entry({})],
    ['username and password', entry({ username: 'a', password: 'b', email: 'c' })],
    ['fields that are null', entry({ username: null, auth: null })],
    ['padded base64', entry({ auth: base64('a:b1') })],
    ['base64 without padding', entry({ auth: base64('a:b1').replaceAll('=', '') })],
    [
      'line ends within base64',
      entry({ auth: `${base64('user:secret').slice(0, 4)}\n${base64('user:secret').slice(4)}` }),
    ],
    ['colons in the password', entry({ auth: base64('a:b:c') })],
    ['an empty username and password', entry({ auth: base64(':') })],
    ['an empty auth', entry({ auth: '' })],
    ['unknown keys of any kind in an entry', entry({ auth: base64('a:b'), identitytoken: 7, kindgcr: { a: [1] } })],
    ['headers', '{"HttpHeaders":{"x":"y","z":null}}'],
    ['an auth that is not base64 when a valid one follows', '{"auths":{"quay.io":{"auth":"!","Auth":"YTpi"}}}'],
    ['a repeated key', '{"auths":{"quay.io":{"auth":"YTpi"},"quay.io":{}},"auths":null}'],
    ["a registry key that it can't parse", '{"auths":{"[gcr.io":{},"gcr.io:port":{}}}'],
  ])('%s', (_what, text) => {
    expect(whyRefused(text)).toBeUndefined();
  });
});

describe('the kubelet refuses', () => {
  test.each([
    ['an empty file', '', 'the file is not JSON'],
    ['a byte order mark', '\uFEFF{}', 'the file is not JSON'],
    ['trailing text', '{}x', 'the file is not JSON'],
    ['half a file', '{"auths":{"quay.io":{"au', 'the file is not JSON'],
    ['an array', '[]', 'the file is not a JSON object'],
    ['a string', '"x"', 'the file is not a JSON object'],
    ['auths as an array', '{"auths":[]}', 'auths is not a JSON object'],
    ['auths in another case', '{"Auths":7}', 'Auths is not a JSON object'],
    ['an entry that is text', entry('abc'), 'auths → quay.io is not a JSON object'],
    ['an auth that is a number', entry({ auth: 5 }), 'auths → quay.io has a value that is not a string as auth'],
    [
      'a Password that is an object',
      entry({ Password: {} }),
      'auths → quay.io has a value that is not a string as password',
    ],
    ['an auth that is not base64', entry({ auth: '!!!' }), 'auths → quay.io has an auth that is not standard base64'],
    [
      'base64 of the URL alphabet',
      entry({ auth: 'YTpi_-8' }),
      'auths → quay.io has an auth that is not standard base64',
    ],
    ['a blank before base64', entry({ auth: ' YTpi' }), 'auths → quay.io has an auth that is not standard base64'],
    ['too much padding', entry({ auth: 'YTpi==' }), 'auths → quay.io has an auth that is not standard base64'],
    ['one digit too many', entry({ auth: 'YTpiY' }), 'auths → quay.io has an auth that is not standard base64'],
    ['an auth without a colon', entry({ auth: base64('ab') }), 'auths → quay.io has an auth without a colon'],
    [
      'the last of two auths',
      entry({ auth: 'YTpi', AUTH: '!' }),
      'auths → quay.io has an auth that is not standard base64',
    ],
    [
      'a bad entry overridden by a good one of the same registry',
      '{"auths":{"quay.io":{"auth":"!"},"quay.io":{"auth":"YTpi"}}}',
      'auths → quay.io has an auth that is not standard base64',
    ],
    [
      'a bad entry in the first of two auths',
      '{"auths":{"quay.io":7},"auths":{"gcr.io":{}}}',
      'auths → quay.io is not a JSON object',
    ],
    [
      'a field of two values, the first a number',
      '{"auths":{"quay.io":{"username":1,"username":"me"}}}',
      'auths → quay.io has a value that is not a string as username',
    ],
    ['headers as text', '{"HttpHeaders":"x"}', 'HttpHeaders is not a JSON object'],
    ['a header that is a number', '{"HTTPHEADERS":{"x":1}}', 'HTTPHEADERS → x is not a string'],
    ['a key with a letter that Go folds to s', '{"auth\u017f":1}', 'auth\u017f is not a JSON object'],
  ])('%s', (_what, text, reason) => {
    expect(whyRefused(text)).toBe(reason);
  });
});

test('a reason never quotes what may be a secret', () => {
  for (const text of ['{"auths":{"quay.io":{"auth":"hunter2!"}}}', 'hunter2', '{"auths":"hunter2"}']) {
    expect(whyRefused(text)).not.toContain('hunter2');
  }
});

describe("we agree with the kubelet's recorded verdict (scripts/kubelet-verdicts.ts)", () => {
  test.each(recorded.verdicts)('$config', ({ config, refused }) => {
    expect(whyRefused(config) !== undefined).toBe(refused);
  });
});
