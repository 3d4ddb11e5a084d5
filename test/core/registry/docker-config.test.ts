import { expect, test } from 'vitest';
import { authEntry, formatDockerConfig, parseDockerConfig } from '../../../core/registry/docker-config.ts';

test('an empty file is an empty config, as for the docker CLI', () => {
  expect(parseDockerConfig(' \n', 'c.json')).toEqual({});
});

test.each(['[]', 'null', '"x"', '{', '{}x'])('a docker config that is %j is refused and not quoted', (text) => {
  expect(() => parseDockerConfig(text, 'c.json')).toThrow('c.json is not a JSON object, so nothing was changed in it');
});

test('unknown keys of a docker config come through reading and writing', () => {
  const config = { auths: {}, plugins: { scout: { a: 'b' } }, HttpHeaders: { x: 'y' } };
  expect(JSON.parse(formatDockerConfig(parseDockerConfig(JSON.stringify(config), 'c.json')))).toEqual(config);
});

test('an auth entry is base64 of username, colon and secret', () => {
  expect(authEntry('oauth2accesstoken', 'a:b')).toEqual({ auth: 'b2F1dGgyYWNjZXNzdG9rZW46YTpi' });
});
