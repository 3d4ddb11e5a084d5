import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { requireBuiltin } from '../../scripts/build/require-builtin.ts';

test.each(['node:fs', 'fs'])('an executable finds %s, which is in it', (id) => {
  expect(requireBuiltin(id)).toMatchObject({ readFileSync });
});

test.each(['vitest', './package.json', '/etc/passwd', 'supports-color'])(
  'an executable does not find %s outside of itself, and libraries take it for not installed',
  (id) => {
    expect(() => requireBuiltin(id)).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }));
  },
);
