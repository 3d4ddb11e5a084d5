import { expect, test } from 'vitest';
import { mergeLogins, ownEntries, withdrawLogins, withoutRefused } from '../../../agent/docker-config/entries.ts';
import { parseConfigText } from '../../../agent/docker-config/text.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';

const NOW = new Date('2031-05-06T12:00:00.000Z');

function login(
  secret: string,
  { end = '2031-05-06T13:00:00.000Z', owner = 'google', registries = ['gcr.io', '*.gcr.io'] } = {},
): RegistryLogin {
  return { registries, username: 'oauth2accesstoken', secret, expiresAt: end, owner };
}

const merge = (config: Record<string, unknown>, logins: RegistryLogin[], displaced = {}) =>
  mergeLogins({ config, displaced }, logins, NOW);
const keys = (config: { readonly [name: string]: unknown }) => Object.keys((config.auths ?? {}) as object);

test('our entries come after all others, and everything else keeps its place', () => {
  const config = { HttpHeaders: { x: 'y' }, auths: { 'quay.io': { auth: 'YTpi' } }, credsStore: 'desktop' };
  const merged = merge(config, [login('t')]);
  expect(Object.keys(merged.config)).toEqual(['HttpHeaders', 'auths', 'credsStore']);
  expect(keys(merged.config)).toEqual(['quay.io', 'gcr.io', '*.gcr.io']);
  expect(withdrawLogins(merged, true)).toEqual(config);
  expect(JSON.stringify(withdrawLogins(merged, true))).toBe(JSON.stringify(config));
});

test("a user's own entry under one of our keys is replaced, and restored in its place", () => {
  const config = { auths: { 'gcr.io': { auth: 'bWU6bWU=', email: 'me' }, 'quay.io': {} } };
  const merged = merge(config, [login('t')]);
  expect(merged.displaced).toEqual({ 'gcr.io': { auth: 'bWU6bWU=', email: 'me' } });
  expect(ownEntries(merged.config).get('gcr.io')?.owner).toBe('google');
  const again = merge({ ...merged.config }, [login('t2')], merged.displaced);
  expect(again.displaced).toEqual(merged.displaced);
  expect(JSON.stringify(withdrawLogins(again, true))).toBe(JSON.stringify(config));
});

test('a more specific key of the user stays, since the kubelet tries it first', () => {
  const merged = merge({ auths: { 'gcr.io/project': { auth: 'YTpi' }, 'https://gcr.io': { auth: 'YTpi' } } }, [
    login('t'),
  ]);
  expect(merged.displaced).toEqual({});
  expect(keys(merged.config)).toEqual(['gcr.io/project', 'https://gcr.io', 'gcr.io', '*.gcr.io']);
});

test('an expired login is not added, and an expired entry is removed and the displaced one restored', () => {
  const live = merge({ auths: { 'gcr.io': { auth: 'bWU6bWU=' } } }, [login('t')]);
  const later = mergeLogins(live, [login('t')], new Date('2031-05-06T13:00:00.000Z'));
  expect(later).toEqual({ config: { auths: { 'gcr.io': { auth: 'bWU6bWU=' } } }, displaced: {} });
});

test('an entry whose login was lost, as at a reboot, stays until it expires', () => {
  const { config } = merge({}, [login('t')]);
  expect(merge({ ...config }, []).config).toEqual(config);
  expect(keys(mergeLogins({ config, displaced: {} }, [], new Date('2031-05-06T13:00:00.000Z')).config)).toEqual([]);
});

test('a registry that its owner no longer sends is removed, one of another owner stays', () => {
  const both = merge({}, [login('t'), login('q', { owner: 'quay', registries: ['quay.io'] })]);
  const fewer = merge({ ...both.config }, [login('t2', { registries: ['gcr.io'] })]);
  expect(keys(fewer.config)).toEqual(['gcr.io', 'quay.io']);
});

test('if there was no auths before, there is none afterwards', () => {
  const merged = merge({ credsStore: 'desktop' }, [login('t')]);
  expect(withdrawLogins(merged, false)).toEqual({ credsStore: 'desktop' });
  expect(withdrawLogins(merge({ auths: {} }, [login('t')]), true)).toEqual({ auths: {} });
});

test('auths in other cases are one map, as for the kubelet', () => {
  const { usable } = parseConfigText('{"Auths":{"a.io":{}},"x":1,"AUTHS":{"b.io":{}}}');
  const merged = merge({ ...usable }, [login('t', { registries: ['gcr.io'] })]);
  expect(Object.keys(merged.config)).toEqual(['Auths', 'x']);
  expect(Object.keys(merged.config.Auths as object)).toEqual(['a.io', 'b.io', 'gcr.io']);
});

test('only entries for which the kubelet would refuse the file are dropped', () => {
  const config = {
    auths: { 'good.io': { auth: 'YTpi' }, 'bad.io': { auth: '!' }, 'worse.io': 7 },
    HttpHeaders: { good: 'x', bad: 1 },
    other: [1],
  };
  expect(withoutRefused(config)).toEqual({
    auths: { 'good.io': { auth: 'YTpi' } },
    HttpHeaders: { good: 'x' },
    other: [1],
  });
});

test('large numbers and keys such as __proto__ are kept', () => {
  const text = '{"n":12345678901234567890,"f":1.50,"auths":{"__proto__":{"auth":"YTpi"}}}';
  const merged = merge({ ...parseConfigText(text).usable }, [login('t', { registries: ['gcr.io'] })]);
  expect(JSON.stringify(withdrawLogins(merged, true))).toBe(text);
});
