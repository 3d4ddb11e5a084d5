import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { knownHostsModule } from '../../scripts/known-hosts-module.ts';
import { REPOSITORY } from '../support/run/run.ts';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

test('the module of known hosts is what the script makes of the list', () => {
  expect(read('core/registry/google-hosts-known.ts')).toBe(knownHostsModule(read('scripts/known-hosts.txt')));
});

test.each([
  ['collected 2030-01-01\ngcr.io.evil.com\n', '"gcr.io.evil.com" is not a Google Docker registry'],
  ['collected 2030-01-01\nmirror.gcr.io\n', '"mirror.gcr.io" is not a Google Docker registry that takes credentials'],
  ['gcr.io\n', 'the first line must be the date'],
])('a list of %j is refused', (list, message) => {
  expect(() => knownHostsModule(list)).toThrow(message);
});
