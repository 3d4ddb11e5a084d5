import { expect, test } from 'vitest';
import { parseConfigText } from '../../../agent/docker-config/text.ts';

const usable = (text: string) => parseConfigText(text).usable;

test('two auths are merged, and of two entries for a registry the last counts, as for the kubelet', () => {
  const text = '{"auths":{"a.io":{"auth":"YTox"},"b.io":{}},"x":1,"auths":{"a.io":{"auth":"YToy"},"c.io":{}}}';
  expect(usable(text)).toEqual({ auths: { 'a.io': { auth: 'YToy' }, 'b.io': {}, 'c.io': {} }, x: 1 });
  expect(Object.keys(usable(text))).toEqual(['auths', 'x']);
});

test('a null clears the auths before it', () => {
  expect(usable('{"auths":{"a.io":{}},"auths":null}')).toEqual({ auths: null });
  expect(usable('{"auths":{"a.io":{}},"auths":null,"Auths":{"b.io":{}}}')).toEqual({ auths: { 'b.io': {} } });
});

test('of two values for a field the last that is not null counts', () => {
  expect(usable('{"auths":{"a.io":{"auth":"YTox","AUTH":"YToy","auth":null}}}')).toEqual({
    auths: { 'a.io': { auth: 'YToy' } },
  });
});

test('an overridden entry for which the kubelet refuses the file is reported, and the rest is used', () => {
  const parsed = parseConfigText('{"auths":{"a.io":{"auth":"!"},"a.io":{"auth":"YTox"}}}');
  expect(parsed.refusedFor).toBe('auths → a.io has an auth that is not standard base64');
  expect(parsed.usable).toEqual({ auths: { 'a.io': { auth: 'YTox' } } });
});

test('numbers keep their digits beside repeated keys', () => {
  const text = '{"n":12345678901234567890,"auths":{},"auths":{"a.io":{"x":1.50}}}';
  expect(JSON.stringify(usable(text))).toBe('{"n":12345678901234567890,"auths":{"a.io":{"x":1.50}}}');
});
